import { describe, expect, it } from 'vitest';

import { COMMON_PASSWORDS } from '../../../../workers/identity/accounts/common-passwords.ts';
import { passwordFault } from '../../../../workers/identity/accounts/password-policy.ts';

const context = { email: 'Ada.Lovelace@example.com', username: 'Countess_1' };
const fault = (password: string) => passwordFault(password, context);

describe('passwordFault()', () => {
  it.each(['correct horse', 'пароль на память', 'ÅÄÖ åäö!', '🐎🔋📎🐎🔋📎🐎🔋', 'a'.repeat(128)])(
    'finds no fault in %j',
    (password) => expect(fault(password)).toBeUndefined(),
  );

  it('counts characters, not code units', () => {
    expect(fault('🐎'.repeat(7))).toBe('too_short');
    expect(fault('🐎'.repeat(128))).toBeUndefined();
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

  it.each(['ada.lovelace@example.com', 'My ADA.LOVELACE pass', 'countess_1!!', 'xxCOUNTESS_1xx'])(
    'finds a name in %j',
    (password) => expect(fault(password)).toBe('contains_name'),
  );

  it('ignores names of fewer than four characters', () => {
    const short = { email: 'ada@example.com', username: 'bob' };
    expect(passwordFault('adamantium bobsled', short)).toBeUndefined();
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
