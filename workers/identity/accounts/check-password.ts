import type { Clock } from '../../../shared/clock.ts';
import type { DeviceInfo } from '../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { limitGuesses } from '../../../shared/rate-limits/limit-guesses.ts';
import { networkOf } from '../../../shared/rate-limits/network-of.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { RateLimits } from '../platform/rate-limits.ts';
import type { Account, Credentials, EmailAddress } from './account.ts';
import type { AccountStore } from './account-store.ts';
import type { PasswordHasher, Verdict } from './password-hasher.ts';
import type { AdmittedAttempt, SignInGuards } from './sign-in-guard.ts';

export type CheckPasswordNeeds = JudgeNeeds & {
  readonly guards: SignInGuards;
  readonly rateLimits: Pick<RateLimits, 'signInFailures'>;
  readonly clock: Clock;
};

export type PasswordSignIn = {
  readonly email: EmailAddress;
  readonly password: string;
  readonly device: DeviceInfo;
  readonly ipAddress: string;
};

export type CheckedPassword = {
  readonly account: Account;
  /** The hash to replace, if it was made with other parameters than today's. */
  readonly outdatedHash: string | undefined;
};

export type PasswordRefusal =
  | { readonly reason: 'wrong' }
  /** Seconds. */
  | { readonly reason: 'locked'; readonly retryAfter: number };

/**
 * Finds the account whose password this is. The attempt is counted before the password is looked at,
 * and an unknown account costs the same work as a wrong password and gets the same answer.
 *
 * It is counted twice: exactly, for the account, by the sign-in guard, and for its address, over all
 * accounts. Neither count keeps an attempt whose password was right.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if it cannot be found out; `RATE_LIMITED`
 */
export async function checkPassword(
  attempt: PasswordSignIn,
  needs: CheckPasswordNeeds,
): Promise<Result<CheckedPassword, PasswordRefusal>> {
  const { rateLimits, clock } = needs;
  return limitGuesses(rateLimits.signInFailures, networkOf(attempt.ipAddress), clock(), () =>
    checkGuarded(attempt, needs),
  );
}

async function checkGuarded(
  { email, password, device, ipAddress }: PasswordSignIn,
  needs: CheckPasswordNeeds,
): Promise<Result<CheckedPassword, PasswordRefusal>> {
  const { guards, log } = needs;
  const identifier = email.normalized;
  const admitted = await orUnavailable('the sign-in guard', () =>
    guards.admit({ identifier, ipAddress, device }),
  );
  if (!admitted.ok) {
    const { reason, retryAfterSeconds } = admitted.error;
    log({ event: 'sign_in.refused', level: 'security', reason });
    return err({ reason: 'locked', retryAfter: retryAfterSeconds });
  }
  const attempt = admitted.value;
  const { credentials, verdict } = await judge(identifier, password, attempt, needs);
  if (credentials?.account.status !== 'active' || !verdict.isRight) {
    // It counts already: only somebody who signs in at the same moment waits longer if this fails.
    await attempt.fail().catch((cause: unknown) => {
      log({ event: 'sign_in.fail_failed', level: 'warn', cause: String(cause) });
    });
    return err({ reason: 'wrong' });
  }
  await orUnavailable('the sign-in guard', () => attempt.succeed());
  const outdatedHash = verdict.isOutdated ? (credentials.passwordHash ?? undefined) : undefined;
  return ok({ account: credentials.account, outdatedHash });
}

type JudgeNeeds = {
  readonly accounts: () => AccountStore;
  readonly passwords: Pick<PasswordHasher, 'verify'>;
  readonly log: Log;
};

type Judgement = {
  readonly credentials: Credentials | undefined;
  readonly verdict: Verdict;
};

async function judge(
  identifier: string,
  password: string,
  attempt: AdmittedAttempt,
  { accounts, passwords, log }: JudgeNeeds,
): Promise<Judgement> {
  try {
    const credentials = await orUnavailable('the database', async () =>
      accounts().findCredentials(identifier),
    );
    const phc = credentials?.passwordHash ?? undefined;
    return { credentials, verdict: await passwords.verify(phc, password) };
  } catch (error) {
    // A failure of ours must not bring the account nearer to its lock.
    await attempt.withdraw().catch((cause: unknown) => {
      log({ event: 'sign_in.withdraw_failed', level: 'warn', cause: String(cause) });
    });
    throw error;
  }
}

export type RecordSignInNeeds = {
  readonly accounts: () => AccountStore;
  readonly passwords: Pick<PasswordHasher, 'hash'>;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Records a sign-in with a password, and hashes the password anew where its hash is outdated. The
 * sign-in does not wait for it, and does not fail with it.
 */
export async function recordPasswordSignIn(
  { account: { id }, outdatedHash }: CheckedPassword,
  password: string,
  { accounts, clock, log, passwords }: RecordSignInNeeds,
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
