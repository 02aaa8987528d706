import type { Clock } from '../../../shared/clock.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { newAccountId } from '../../../shared/ids.ts';
import { networkOf } from '../../../shared/rate-limits/network-of.ts';
import type { Result } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { RateLimits } from '../platform/rate-limits.ts';
import type { Account, AccountConflict, EmailAddress, SomeDetails } from './account.ts';
import type { AccountStore } from './account-store.ts';
import type { PasswordHasher } from './password-hasher.ts';

/** The roles of every new account. */
export const FIRST_ROLES = ['user'];

export type RegisterAccountNeeds = {
  readonly accounts: () => AccountStore;
  readonly passwords: Pick<PasswordHasher, 'hash'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly rateLimits: Pick<RateLimits, 'signUp'>;
};

export type Registration = SomeDetails & {
  readonly ipAddress: string;
  readonly email: EmailAddress;
  /** Must have been checked against the password policy. */
  readonly password: string;
  readonly username: string | null;
  readonly displayName: string | null;
};

/**
 * Creates an account.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the database does not answer, or too many passwords
 *   wait to be hashed; `RATE_LIMITED` if too many came from this address.
 */
export async function registerAccount(
  { ipAddress, email, password, username, displayName, ...details }: Registration,
  { accounts, clock, log, passwords, rateLimits }: RegisterAccountNeeds,
): Promise<Result<Account, AccountConflict>> {
  // Whatever comes of it: an answer that the e-mail is taken tells something, too.
  rateLimits.signUp.take(networkOf(ipAddress), clock());
  const passwordHash = await passwords.hash(password);
  const account = {
    id: newAccountId(),
    email,
    username,
    displayName,
    ...details,
    passwordHash,
    roles: FIRST_ROLES,
    createdAt: clock(),
  };
  const created = await orUnavailable('the database', async () => accounts().create(account));
  if (created.ok) log({ event: 'account.created', level: 'info', accountId: created.value.id });
  return created;
}
