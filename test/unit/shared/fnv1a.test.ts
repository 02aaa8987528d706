import { describe, expect, it } from 'vitest';
import { fnv1a } from '../../../shared/fnv1a.ts';

describe('fnv1a()', () => {
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
    ['é→', 0xe252740d],
  ])('hashes %j as the vectors of the FNV draft do, non-ASCII text in UTF-8', (text, hash) => {
    expect(fnv1a(text)).toBe(hash);
  });
});
