import type { Services } from '../context.ts';
import type { CheckedPassword } from './check-password.ts';

/** What a sign-in with a password need not wait for, and must not fail for. */
export async function afterSignIn(
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
