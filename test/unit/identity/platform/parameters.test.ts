import { describe, expect, it } from 'vitest';

import { OAuthError } from '../../../../workers/identity/platform/oauth-error.ts';
import { Parameters, readForm } from '../../../../workers/identity/platform/parameters.ts';

const read = (query: string) => Parameters.read(new URLSearchParams(query));
const refusal = (query: string) => {
  try {
    read(query);
    return undefined;
  } catch (error) {
    return error instanceof OAuthError ? error.code : error;
  }
};

describe('parameters', () => {
  it('without a value count as absent (RFC 6749 §3.1)', () => {
    const parameters = read('state=&scope=openid');
    expect(parameters.has('state')).toBe(false);
    expect(parameters.get('scope')).toBe('openid');
    expect(() => parameters.require('state')).toThrow('state is missing');
  });

  it('must not be repeated (RFC 6749 §3.1)', () => {
    expect(refusal('client_id=a&client_id=b')).toBe('invalid_request');
    expect(refusal('client_id=a&client_id=a')).toBe('invalid_request');
    expect(refusal('client_id=a&client_id=')).toBeUndefined();
  });

  it('named resource may be repeated (RFC 8707 §2)', () => {
    expect(read('resource=https://a.test&resource=https://b.test').all('resource')).toEqual([
      'https://a.test',
      'https://b.test',
    ]);
  });

  it('are refused if they are too long, too many, or hold a NUL', () => {
    expect(refusal(`state=${'x'.repeat(32_769)}`)).toBe('invalid_request');
    expect(refusal(`state=${'x'.repeat(32_768)}`)).toBeUndefined();
    expect(refusal('state=a%00b')).toBe('invalid_request');
    const many = Array.from({ length: 101 }, (_, index) => `p${index}=1`).join('&');
    expect(refusal(many)).toBe('invalid_request');
  });

  it('that cannot be read are left out, and named, where the caller refuses them', () => {
    const query = 'a=1&a=2&b=x%00&c=ok';
    const parameters = Parameters.readWithFaults(new URLSearchParams(query));
    expect(parameters.names()).toEqual(['c']);
    expect(parameters.faults.map(({ name, error }) => [name, error.code])).toEqual([
      ['a', 'invalid_request'],
      ['b', 'invalid_request'],
    ]);
    expect(() => parameters.assertReadable('a')).toThrow('a must not be repeated');
    expect(() => parameters.assertReadable('c')).not.toThrow();
  });

  it('are the same after JSON', () => {
    const parameters = read('a=1&resource=x&resource=y');
    const again = Parameters.of(JSON.parse(JSON.stringify(parameters)));
    expect(again.names()).toEqual(['a', 'resource']);
    expect(again.all('resource')).toEqual(['x', 'y']);
  });

  it('are not taken from Object.prototype', () => {
    expect(read('a=1').get('constructor')).toBeUndefined();
    expect(read('__proto__=1').get('__proto__')).toBe('1');
  });
});

describe('a form', () => {
  const post = (type: string | undefined, body: string) =>
    new Request('https://id.example.test/', {
      method: 'POST',
      body,
      headers: type === undefined ? {} : { 'content-type': type },
    });

  it('is read whatever the charset says', async () => {
    const type = 'Application/x-www-form-urlencoded;charset=UTF-8';
    expect((await readForm(post(type, 'a=b+c'))).get('a')).toBe('b c');
  });

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    'RFC 6749 §3.2: is not %s',
    async (type) => {
      await expect(readForm(post(type, 'a=b'))).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );
});

describe('bytes that are no UTF-8', () => {
  it.each(['state=%ff', 'state=a%c3', 'state=%ed%a0%80', 'state=%00', 'state=%EF%BF%BD'])(
    'are refused in %s, because they would not come back as they came',
    (query) => {
      expect(() => Parameters.read(new URLSearchParams(query))).toThrow(
        expect.objectContaining({ code: 'invalid_request' }),
      );
    },
  );

  it('are refused in a form', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = Uint8Array.from([0x61, 0x3d, 0xff]);
    const request = new Request('https://id.example.test', { method: 'POST', headers, body });
    await expect(readForm(request)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
