import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { newAccountId } from '../../../shared/ids.ts';
import type { Result } from '../../../shared/result.ts';
import type { Services } from '../context.ts';
import type { Account, AccountConflict, EmailAddress } from './account.ts';

/** Of every new account. */
export const FIRST_ROLES = ['user'];

export type Registration = {
  readonly email: EmailAddress;
  /** That it may be one was checked. */
  readonly password: string;
  readonly username: string | null;
  readonly displayName: string | null;
};

/**
 * Creates an account.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the database does not answer, or too many wait.
 */
export async function registerAccount(
  { email, password, username, displayName }: Registration,
  { accounts, clock, log, passwords }: Pick<Services, 'accounts' | 'clock' | 'log' | 'passwords'>,
): Promise<Result<Account, AccountConflict>> {
  const passwordHash = await passwords.hash(password);
  const account = {
    id: newAccountId(),
    email,
    username,
    displayName,
    passwordHash,
    roles: FIRST_ROLES,
    createdAt: clock(),
  };
  const created = await orUnavailable('the database', async () => accounts().create(account));
  if (created.ok) log({ event: 'account.created', level: 'info', accountId: created.value.id });
  return created;
}
