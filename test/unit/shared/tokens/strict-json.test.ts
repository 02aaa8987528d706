import { assert, bigInt, constantFrom, jsonValue, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ambiguityOf, lossOf } from '../../../../shared/tokens/strict-json.ts';

describe('lossOf', () => {
  it.each([
    ['{"a":9007199254740992}', /2\^53/],
    ['{"a":[-12345678901234567890]}', /2\^53/],
    ['{"a":"\\u0000"}', /U\+0000/],
    ['{"\\u0000":1}', /U\+0000/],
    ['{"a":"\\ud800"}', /surrogate/],
    ['{"\\udc00\\ud800":1}', /surrogate/],
    ['{"__proto__":1}', /__proto__/],
    ['{"\\u005f_proto__":1}', /__proto__/],
    ['{"a":"\uFFFD"}', /UTF-8/],
    ['['.repeat(65) + ']'.repeat(65), /in one another/],
  ])('names what a store would change in %s', (text, message) => {
    expect(lossOf(text)).toMatch(message);
  });

  it.each([
    '{"a":9007199254740991,"b":-9007199254740991,"c":0.1,"d":1e30,"e":123456789012345678901.5}',
    '{"a":"\\ud83d\\ude80","b":"__proto__","c":"{\\"__proto__\\":12345678901234567890}"}',
    '['.repeat(64) + ']'.repeat(64),
  ])('finds nothing in %s', (text) => {
    expect(lossOf(text)).toBeUndefined();
  });

  it('finds nothing in what comes back as it came, and something in every integer that does not', () => {
    assert(
      property(jsonValue(), bigInt(), constantFrom('x', '__proto__'), (value, integer, name) => {
        const text = `{"${name}":${integer},"value":${JSON.stringify(value)}}`;
        const isSame = Number.isSafeInteger(Number(integer)) && name === 'x';
        const isPlain = !/\\u0000|\\ud[89a-f]|\uFFFD|"__proto__":/i.test(JSON.stringify(value));
        if (isPlain) expect(lossOf(text) === undefined).toBe(isSame);
        if (lossOf(text) === undefined && ambiguityOf(text) === undefined) {
          const read: unknown = JSON.parse(text);
          expect(JSON.parse(JSON.stringify(read))).toEqual(read);
          expect(BigInt((read as { x: number }).x)).toBe(integer);
        }
      }),
    );
  });
});
