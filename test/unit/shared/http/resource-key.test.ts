import { assert, constantFrom, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isSameResource, resourceKey } from '../../../../shared/http/resource-key.ts';

describe('resourceKey', () => {
  it.each([
    ['https://api.example', 'https://api.example'],
    ['https://api.example/', 'https://api.example'],
    ['HTTPS://API.example:443/', 'https://api.example'],
    ['http://127.0.0.1:8787/', 'http://127.0.0.1:8787'],
    ['https://api.example/a/', 'https://api.example/a/'],
    ['https://api.example/a/../b', 'https://api.example/b'],
    ['https://api.example/%7ea%2f', 'https://api.example/~a%2F'],
    ['https://api.example/?', 'https://api.example/?'],
    ['https://api.example?x=%7e', 'https://api.example/?x=%7e'],
    ['https://api.example/#', 'https://api.example/#'],
    ['urn:example:API/', 'urn:example:API/'],
    ['a client', 'a client'],
    ['https://user@api.example/', 'https://user@api.example/'],
  ])('spells %s as %s', (resource, key) => {
    expect(resourceKey(resource)).toBe(key);
  });

  it('spells a key as itself, and tells two hosts, ports, paths and queries apart', () => {
    const part = tuple(
      constantFrom('https://a.example', 'https://b.example', 'https://a.example:8443'),
      constantFrom('', '/', '/a', '/a/', '/a%2fb'),
      constantFrom('', '?', '?x', '?x=1'),
    );
    assert(
      property(part, part, ([host, path, query], [host2, path2, query2]) => {
        const [a, b] = [host + path + query, host2 + path2 + query2];
        expect(resourceKey(resourceKey(a))).toBe(resourceKey(a));
        const isRoot = (text: string) => text === '' || text === '/';
        const samePath = path === path2 || (isRoot(path) && isRoot(path2));
        expect(isSameResource(a, b)).toBe(host === host2 && samePath && query === query2);
      }),
    );
  });
});
