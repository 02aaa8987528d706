import { hasSession } from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { toErrorCode } from '../../../shared/tokens/token-error.ts';
import type { SenderConstraint } from '../binding/sender-constraint.ts';
import type { Target } from '../binding/target.ts';
import type { Credentials } from '../credentials.ts';
import { rateLimited } from '../failure.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import type { CachedToken } from '../validate/cached-token.ts';
import type { TokenValidator } from '../validate/token-validator.ts';
import type { Trip } from './trip.ts';

/** Who asks, or why nobody is known to: the Worker behind decides what that means. */
export type Caller =
  | {
      readonly known: true;
      readonly token: CachedToken;
      /** A new nonce for the client's proofs. */
      readonly dpopNonce: string | undefined;
    }
  | { readonly known: false; readonly code: ErrorCode };

export type AuthenticateServices = {
  readonly validator: TokenValidator;
  readonly senderConstraint: SenderConstraint;
  readonly target: (request: Request) => Target;
  readonly limits: RateLimits;
};

/**
 * Finds out who sent a request.
 *
 * @throws {Problem} `RATE_LIMITED` if the user has asked too often; `AUTH_*` if the token is bound to a
 *   key that the sender has not shown; `SERVICE_UNAVAILABLE` if it cannot be judged at the moment.
 */
export async function authenticate(
  { validator, senderConstraint, target, limits }: AuthenticateServices,
  credentials: Credentials | undefined,
  { request, now, background }: Trip,
): Promise<Caller> {
  if (credentials === undefined) return { known: false, code: 'AUTH_TOKEN_MISSING' };
  const result = await validator.validate(credentials.token, background);
  if (!result.ok) return { known: false, code: toErrorCode(result.error) };
  const { isForUs, principal } = result.value;
  if (!isForUs) return { known: false, code: toErrorCode({ reason: 'audience_mismatch' }) };
  const presented = { ...credentials, request, target };
  const dpopNonce = await senderConstraint.require(principal, presented, now);
  // A client's own token is no user's: behind it may be many, and its address is counted.
  const reached = hasSession(principal) ? limits.admitUser(principal.subject, now) : undefined;
  if (reached !== undefined) throw rateLimited(reached);
  return { known: true, token: result.value, dpopNonce };
}
