import { describe, expect, it } from 'vitest';

import { parseEmailAddress } from '../../../../workers/identity/accounts/account.ts';

const normalized = (text: string) => parseEmailAddress(text)?.normalized;

describe('parseEmailAddress()', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['  Ada.Lovelace@Example.COM ', 'ada.lovelace@example.com'],
    ['ada+tag@example.com', 'ada+tag@example.com'],
    ["o'hara_{x}@example.com", "o'hara_{x}@example.com"],
    ['ＡＤＡ＠example．com', 'ada@example.com'],
    ['zoe\u0308@example.com', 'zoë@example.com'],
    ['ZOË@example.com', 'zoë@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@XN--BCHER-KVA.example', 'ada@xn--bcher-kva.example'],
    ['用户@例子.广告', '用户@xn--fsqu00a.xn--4rr70v'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('normalises %j to %j', (typed, expected) => {
    expect(normalized(typed)).toBe(expected);
  });

  it('returns for display what was typed', () => {
    expect(parseEmailAddress(' Ada@Bücher.Example ')?.display).toBe('Ada@Bücher.Example');
  });

  it.each([
    '',
    '@',
    'ada',
    'ada@',
    '@example.com',
    'ada@example',
    'ada@@example.com',
    'a da@example.com',
    'ada@exa mple.com',
    'ada.@example.com',
    '.ada@example.com',
    'a..da@example.com',
    '"a b"@example.com',
    'ada@[192.0.2.1]',
    'ada@192.0.2.1',
    'ada@-example.com',
    'ada@example-.com',
    'ada@example..com',
    'ada@example.com.',
    'ada@exa%6dple.com',
    'ada@example.com/x',
    'ada@example.com:80',
    'ada\u0000@example.com',
    'ada\n@example.com',
    'ada\uD800@example.com',
    'Ada <ada@example.com>',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    `ada@${'abcdefghi.'.repeat(25)}com`,
  ])('refuses %j', (text) => {
    expect(parseEmailAddress(text)).toBeUndefined();
  });
});
