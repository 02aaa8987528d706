import { expect, it } from 'vitest';

import { newAccountId } from '../../../../shared/ids.ts';
import { type Account, detailsOf } from '../../../../workers/identity/accounts/account.ts';
import { CachedAccounts } from '../../../../workers/identity/accounts/cached-accounts.ts';

it('CachedAccounts reads an account again after 5 s, and uses the copy for 10 minutes without a database', async () => {
  const account: Account = {
    id: newAccountId(),
    email: 'ada@example.test',
    emailVerified: false,
    username: null,
    displayName: null,
    ...detailsOf({}),
    roles: [],
    status: 'active',
    version: 0,
    credentialsVersion: 0,
    createdAt: 0,
    updatedAt: 0,
    lastLoginAt: null,
  };
  let now = 0;
  let isDown = false;
  let displayName = 'Ada';
  const find = async () => {
    if (isDown) throw new Error('Cannot reach the database: switched off by a test');
    return { ...account, displayName };
  };
  const accounts = new CachedAccounts(
    () => now,
    () => ({ find }),
  );
  const name = async () => (await accounts.find(account.id))?.displayName;
  expect(await name()).toBe('Ada');
  displayName = 'Countess';
  now = 4_999;
  expect(await name()).toBe('Ada');
  now = 5_000;
  expect(await name()).toBe('Countess');
  isDown = true;
  now = 10_000 + 599_999;
  expect(await name()).toBe('Countess');
  now += 1;
  await expect(name()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});
