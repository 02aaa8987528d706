import { describe, expect, it } from 'vitest';

import {
  isReservedUsername,
  mayHaveUsername,
} from '../../../../workers/identity/accounts/reserved-usernames.ts';

describe('a username of the system', () => {
  it.each([
    'admin',
    'Administrator',
    'ADMIN',
    'ad_min_',
    '_root_',
    'r00t',
    'adm1n',
    'admln',
    '5upport',
    'he1p',
    'syst3m',
    'sally_port',
    'secur1ty',
    'ａｄｍｉｎ',
  ])('is %s', (username) => expect(isReservedUsername(username)).toBe(true));

  it.each(['ada', 'administer', 'rooted', 'supporter', 'systema', 'helper', 'admin_ada', 'root66'])(
    'is not %s',
    (username) => expect(isReservedUsername(username)).toBe(false),
  );

  it('is for administrators, and for whoever has it', () => {
    const user = { username: 'ada', roles: ['user'] };
    expect(mayHaveUsername('Admin', user)).toBe(false);
    expect(mayHaveUsername('grace', user)).toBe(true);
    expect(mayHaveUsername('Admin', { ...user, username: 'admin' })).toBe(true);
    expect(mayHaveUsername('root', { ...user, username: 'admin' })).toBe(false);
    expect(mayHaveUsername('Admin', { username: null, roles: ['user', 'admin'] })).toBe(true);
  });
});
