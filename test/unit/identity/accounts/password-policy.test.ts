import { describe, expect, it } from 'vitest';

import { COMMON_PASSWORDS } from '../../../../workers/identity/accounts/common-passwords.ts';
import { passwordFault } from '../../../../workers/identity/accounts/password-policy.ts';

const context = {
  email: 'Ada.Lovelace@example.com',
  username: 'Countess_1',
  displayName: 'Lady Byron',
};
const fault = (password: string) => passwordFault(password, context);

describe('passwordFault()', () => {
  it.each(['correct horse', 'пароль на память', 'ÅÄÖ åäö!', '🐎🔋📎🐎🔋📎🐎🔋', 'ab'.repeat(64)])(
    'finds no fault in %j',
    (password) => expect(fault(password)).toBeUndefined(),
  );

  it('counts characters, not code units', () => {
    expect(fault('🐎'.repeat(7))).toBe('too_short');
    expect(fault('🐎🔋'.repeat(64))).toBeUndefined();
    expect(fault('🐎'.repeat(129))).toBe('too_long');
    expect(fault('e\u0301'.repeat(7))).toBe('too_short');
  });

  it.each(['', 'seven77', 'x'])('finds %j too short', (password) =>
    expect(fault(password)).toBe('too_short'),
  );

  it.each(['password', 'PassWord123', 'Ｐassword1', 'qwertyuiop', '1q2w3e4r', 'P@ssw0rd'])(
    'finds %j common, in any case',
    (password) => expect(fault(password)).toBe('common'),
  );

  it.each(['        ', '\u00A0'.repeat(9), '\u3000\u200B\u3164 \u2800\uFEFF\u00AD\t'])(
    'finds %j to be nothing but spaces',
    (password) => expect(fault(password)).toBe('blank'),
  );

  it.each([
    'aaaaaaaa',
    'aAaAaAaA',
    '0'.repeat(20),
    '🐎'.repeat(9),
    'ａaａaａaａa',
    'x x x x x',
    'ж\u200B'.repeat(8),
  ])('finds one repeated character in %j', (password) => expect(fault(password)).toBe('repeated'));

  it.each([
    'ada.lovelace@example.com',
    'My ADA.LOVELACE pass',
    'countess_1!!',
    'xxCOUNTESS_1xx',
    'adaLovelace1815',
    'ada-lovelace!',
    'Lady Byron 7',
    'ladybyron2024',
    'ＬＡＤＹ＿Ｂｙｒｏｎ',
  ])('finds a name in %j', (password) => expect(fault(password)).toBe('contains_name'));

  it('ignores names of fewer than four characters', () => {
    const short = { email: 'ada@example.com', username: 'bob', displayName: '7' };
    for (const good of ['adamantium bobsled', '4815162342108', 'seven 7 sevens 77']) {
      expect(passwordFault(good, short)).toBeUndefined();
    }
  });

  it.each(['ada12345', 'Bob-2024!', '1815adaADA', 'ada!!!ada'])(
    'finds a short name in %j, which has no other letters',
    (password) => {
      const short = { email: 'ada@example.com', username: 'bob', displayName: null };
      expect(passwordFault(password, short)).toBe('contains_name');
    },
  );

  it('knows no names where there are none', () => {
    const nobody = { email: '', username: null, displayName: undefined };
    expect(passwordFault('correct horse', nobody)).toBeUndefined();
  });

  it('refuses lone surrogates, which have no UTF-8', () => {
    expect(fault('long enough \uD83D')).toBe('malformed');
  });

  it('has at least a thousand common passwords, all of them long enough and in lower case', () => {
    const all = [...COMMON_PASSWORDS];
    expect(all.length).toBeGreaterThan(1_000);
    expect(all.filter((one) => one.length < 8 || one !== one.toLowerCase())).toEqual([]);
  });
});
