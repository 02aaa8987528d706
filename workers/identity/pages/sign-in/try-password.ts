import { Problem } from '../../../../shared/http/problem.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import {
  type CheckedPassword,
  checkPassword,
  type PasswordSignIn,
} from '../../sign-in/check-password.ts';

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
