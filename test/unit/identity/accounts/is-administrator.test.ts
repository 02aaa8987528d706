import { describe, expect, it } from 'vitest';

import { newAccountId } from '../../../../shared/ids.ts';
import { type Account, detailsOf } from '../../../../workers/identity/accounts/account.ts';
import { isAdministrator } from '../../../../workers/identity/accounts/is-administrator.ts';

const id = newAccountId();
const ANN: Account = {
  id,
  email: 'ann@example.test',
  emailVerified: true,
  username: null,
  displayName: null,
  ...detailsOf({}),
  roles: ['user', 'admin'],
  status: 'active',
  version: 0,
  credentialsVersion: 0,
  createdAt: 0,
  updatedAt: 0,
  lastLoginAt: null,
};
const among = (account: Account | undefined) => ({
  accounts: () => ({ find: async () => account }),
});

describe('isAdministrator', () => {
  it('is true for an active account with the role', async () => {
    expect(await isAdministrator(id, among(ANN))).toBe(true);
  });

  it.each([
    ['unknown', undefined],
    ['demoted', { ...ANN, roles: ['user'] }],
    ['disabled', { ...ANN, status: 'disabled' as const }],
  ])('is false for an account that is %s', async (_, account) => {
    expect(await isAdministrator(id, among(account))).toBe(false);
  });

  it('rejects where the database does not answer', async () => {
    const accounts = () => ({ find: () => Promise.reject(new Error('Cannot reach the database')) });
    await expect(isAdministrator(id, { accounts })).rejects.toThrow('Cannot reach the database');
  });
});
