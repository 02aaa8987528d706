import type { AccountState } from '../../../shared/contracts/identity/identity-rpc.ts';
import type { AccountId, SessionId } from '../../../shared/ids.ts';
import { accountStateOf } from '../sessions/open-user-session.ts';
import type { Users } from '../sessions/user-sessions.ts';
import type { Account } from './account.ts';
import type { AccountStore } from './account-store.ts';

export type AccountStateNeeds = { readonly accounts: () => Pick<AccountStore, 'find'> };

/**
 * What the database says of an account. One that is deleted counts as disabled.
 *
 * @throws {DatabaseFailure}
 */
export async function accountState(
  accountId: AccountId,
  { accounts }: AccountStateNeeds,
): Promise<AccountState> {
  return stateOf(await accounts().find(accountId));
}

const stateOf = (account: Account | undefined): AccountState =>
  account === undefined ? DELETED : accountStateOf(account);

/** No change of the account follows its deletion. */
const DELETED: AccountState = {
  status: 'disabled',
  roles: [],
  version: Number.MAX_SAFE_INTEGER,
  credentialsVersion: 0,
};

/**
 * Changes an account in the database, and tells the user's object before and after. The object reads
 * the account itself if the second notification is lost, so that no change is missed.
 *
 * @param change - Changes it, and returns the account as it is now.
 * @param keep - The session that a new password does not end.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the object does not answer. If it was the second time,
 *   the change has happened, and the object learns of it within seconds.
 */
export async function changeAccount<T extends Account | undefined>(
  accountId: AccountId,
  change: () => Promise<T>,
  keep: SessionId | undefined,
  { users }: { readonly users: Users },
): Promise<T> {
  const user = users(accountId);
  await user.expectAccountChange();
  const account = await change();
  if (account !== undefined) await user.accountChanged({ account: accountStateOf(account), keep });
  return account;
}
