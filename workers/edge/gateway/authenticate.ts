import { hasSession } from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { toErrorCode } from '../../../shared/tokens/token-error.ts';
import type { Credentials, Target } from '../credentials/credentials.ts';
import type { SenderConstraint } from '../credentials/sender-constraint.ts';
import { type RateLimits, rateLimited } from '../limits/rate-limits.ts';
import type { CachedToken, TokenValidator } from '../validate/token-validator.ts';
import type { Trip } from './trip.ts';

/**
 * Who sent a request, or why that is unknown. The Worker behind the edge decides whether it serves
 * an unknown sender.
 */
export type Caller =
  | {
      readonly isKnown: true;
      readonly token: CachedToken;
      /** A new nonce for the client's proofs. */
      readonly dpopNonce: string | undefined;
    }
  | { readonly isKnown: false; readonly code: ErrorCode };

export type AuthenticateNeeds = {
  readonly validator: TokenValidator;
  readonly senderConstraint: SenderConstraint;
  readonly target: (request: Request) => Target;
  readonly limits: RateLimits;
};

/**
 * Finds out who sent a request.
 *
 * @throws {Problem} `RATE_LIMITED` if the user has sent too many requests. `AUTH_*` if the sender
 *   has not proved that it holds the token's key. `SERVICE_UNAVAILABLE` if the token cannot be judged
 *   at the moment.
 */
export async function authenticate(
  { validator, senderConstraint, target, limits }: AuthenticateNeeds,
  credentials: Credentials | undefined,
  { request, now, background }: Trip,
): Promise<Caller> {
  if (credentials === undefined) return { isKnown: false, code: 'AUTH_TOKEN_MISSING' };
  const result = await validator.validate(credentials.token, background);
  if (!result.ok) return { isKnown: false, code: toErrorCode(result.error) };
  const { isForUs, principal } = result.value;
  if (!isForUs) return { isKnown: false, code: toErrorCode({ reason: 'audience_mismatch' }) };
  const presented = { ...credentials, request, target };
  const dpopNonce = await senderConstraint.require(principal, presented, now);
  // A client's own token is counted by its address only, because it may serve many users.
  const reached = hasSession(principal) ? limits.admitUser(principal.subject, now) : undefined;
  if (reached !== undefined) throw rateLimited(reached);
  return { isKnown: true, token: result.value, dpopNonce };
}
