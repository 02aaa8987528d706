import type { DeviceInfo } from '../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Services } from '../context.ts';
import type { Account, Credentials, EmailAddress } from './account.ts';
import type { Verdict } from './password-hasher.ts';
import type { AdmittedAttempt } from './sign-in-guard.ts';

type PasswordSignIn = {
  readonly email: EmailAddress;
  readonly password: string;
  readonly device: DeviceInfo;
  readonly ipAddress: string;
};

type CheckedPassword = {
  readonly account: Account;
  /** The hash to replace, if it was made with other parameters than today's. */
  readonly outdatedHash: string | undefined;
};

type Checking = Pick<Services, 'accounts' | 'guards' | 'passwords' | 'log'>;

/**
 * Finds the account whose password this is. The attempt is counted before the password is looked at,
 * and an unknown account costs the same work as a wrong password and gets the same answer.
 *
 * @throws {Problem} `AUTH_LOCKED`, `AUTH_CREDENTIALS_INVALID` or `SERVICE_UNAVAILABLE`.
 */
export async function checkPassword(
  { email, password, device, ipAddress }: PasswordSignIn,
  checking: Checking,
): Promise<CheckedPassword> {
  const identifier = email.normalized;
  const admitted = await orUnavailable('the sign-in guard', () =>
    checking.guards.admit({ identifier, ipAddress, device }),
  );
  if (!admitted.ok) {
    const { reason, retryAfterSeconds } = admitted.error;
    checking.log({ event: 'sign_in.refused', level: 'security', reason });
    throw new Problem('AUTH_LOCKED', { retryAfter: retryAfterSeconds });
  }
  const { credentials, verdict } = await judge(identifier, password, admitted.value, checking);
  if (credentials?.account.status !== 'active' || !verdict.isRight) {
    throw new Problem('AUTH_CREDENTIALS_INVALID');
  }
  await orUnavailable('the sign-in guard', () => admitted.value.succeed());
  const outdatedHash = verdict.isOutdated ? (credentials.passwordHash ?? undefined) : undefined;
  return { account: credentials.account, outdatedHash };
}

type Judgement = {
  readonly credentials: Credentials | undefined;
  readonly verdict: Verdict;
};

async function judge(
  identifier: string,
  password: string,
  attempt: AdmittedAttempt,
  { accounts, passwords, log }: Checking,
): Promise<Judgement> {
  try {
    const credentials = await orUnavailable('the database', async () =>
      accounts().findCredentials(identifier),
    );
    const phc = credentials?.passwordHash ?? undefined;
    return { credentials, verdict: await passwords.verify(phc, password) };
  } catch (error) {
    // Our failure is not the user's: it must not bring the account nearer to its lock.
    await attempt.withdraw().catch((cause: unknown) => {
      log({ event: 'sign_in.withdraw_failed', level: 'warn', cause: String(cause) });
    });
    throw error;
  }
}

export type PasswordRefusal =
  | { readonly reason: 'wrong' }
  /** Seconds. */
  | { readonly reason: 'locked'; readonly retryAfter: number };

/** {@link checkPassword} for a page, which tells its reader of a refusal. */
export async function tryPassword(
  attempt: PasswordSignIn,
  services: Services,
): Promise<Result<CheckedPassword, PasswordRefusal>> {
  try {
    return ok(await checkPassword(attempt, services));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.code === 'AUTH_CREDENTIALS_INVALID') return err({ reason: 'wrong' });
    if (error.code !== 'AUTH_LOCKED') throw error;
    return err({ reason: 'locked', retryAfter: error.options.retryAfter ?? 0 });
  }
}

/** What a sign-in with a password need not wait for, and must not fail for. */
export async function recordPasswordSignIn(
  { account: { id }, outdatedHash }: CheckedPassword,
  password: string,
  { accounts, clock, log, passwords }: Pick<Services, 'accounts' | 'clock' | 'log' | 'passwords'>,
): Promise<void> {
  try {
    const store = accounts();
    await store.recordSignIn(id, clock());
    if (outdatedHash === undefined) return;
    await store.replacePasswordHash(id, outdatedHash, await passwords.hash(password));
  } catch (error) {
    log({ event: 'sign_in.record_failed', level: 'warn', accountId: id, cause: String(error) });
  }
}
