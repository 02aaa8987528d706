import { ADMINISTRATOR } from '../../../shared/contracts/identity/oauth-terms.ts';
import type { AccountId } from '../../../shared/ids.ts';
import type { AccountStore } from './account-store.ts';

export type IsAdministratorNeeds = {
  readonly accounts: () => Pick<AccountStore, 'find'>;
};

/**
 * Whether an account is active and has the role at this moment. Tokens outlive a demotion, so the
 * database is asked.
 *
 * @throws {DatabaseFailure}
 */
export async function isAdministrator(
  accountId: AccountId,
  { accounts }: IsAdministratorNeeds,
): Promise<boolean> {
  const account = await accounts().find(accountId);
  return account?.status === 'active' && account.roles.includes(ADMINISTRATOR);
}
