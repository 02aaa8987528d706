import { hasSession } from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { toErrorCode } from '../../../shared/tokens/token-error.ts';
import type { Credentials, Target } from '../credentials/credentials.ts';
import type { SenderConstraint } from '../credentials/sender-constraint.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import type { CachedToken, TokenValidator } from '../validate/token-validator.ts';
import type { Trip } from './trip.ts';

type IdentifiedCaller = {
  readonly isKnown: true;
  readonly token: CachedToken;
  /** A new nonce for the client's proofs. */
  readonly dpopNonce: string | undefined;
};

/** Who sent a request, or why that is unknown: the Worker behind the edge decides what follows. */
export type Caller = IdentifiedCaller | { readonly isKnown: false; readonly code: ErrorCode };

export type AuthenticateNeeds = {
  readonly validator: TokenValidator;
  readonly senderConstraint: SenderConstraint;
  readonly target: (request: Request) => Target;
};

/**
 * Finds out who sent a request.
 *
 * @throws {Problem} `AUTH_*` if the token is bound to a key that the sender has not shown;
 *   `SERVICE_UNAVAILABLE` if it cannot be judged at the moment.
 */
export async function authenticate(
  { validator, senderConstraint, target }: AuthenticateNeeds,
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
  return { isKnown: true, token: result.value, dpopNonce };
}

/**
 * Counts a request for the user, or for the client whose own token it carries: many may stand behind that.
 *
 * @throws {Problem} `RATE_LIMITED`
 */
export function countForCaller(
  { limits }: { readonly limits: RateLimits },
  { token: { principal } }: IdentifiedCaller,
  { now }: Trip,
): void {
  if (hasSession(principal)) limits.of('user').take(principal.subject, now);
  else limits.of('client').take(principal.clientId, now);
}
