import type { ErrorCode } from '../../../shared/contracts/error-codes.ts';
import { toErrorCode } from '../../../shared/tokens/token-error.ts';
import { rateLimited } from '../failure.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import type { RememberedToken } from '../validate/remembered-token.ts';
import type { TokenValidator } from '../validate/token-validator.ts';
import type { Trip } from './trip.ts';

/** Who asks, or why nobody is known to: the Worker behind decides what that means. */
export type Caller =
  | { readonly known: true; readonly token: RememberedToken }
  | { readonly known: false; readonly code: ErrorCode };

export type AuthenticateServices = {
  readonly validator: TokenValidator;
  readonly limits: RateLimits;
};

/**
 * Finds out who sent a request.
 *
 * @throws {Problem} `RATE_LIMITED` if the user has asked too often, `SERVICE_UNAVAILABLE` if a token
 *   cannot be judged at the moment.
 */
export async function authenticate(
  { validator, limits }: AuthenticateServices,
  token: string | undefined,
  { now, background }: Trip,
): Promise<Caller> {
  if (token === undefined) return { known: false, code: 'AUTH_TOKEN_MISSING' };
  const result = await validator.validate(token, background);
  if (!result.ok) return { known: false, code: toErrorCode(result.error) };
  if (!result.value.isForUs) {
    return { known: false, code: toErrorCode({ reason: 'audience_mismatch' }) };
  }
  const reached = limits.admitUser(result.value.principal.subject, now);
  if (reached !== undefined) throw rateLimited(reached);
  return { known: true, token: result.value };
}
