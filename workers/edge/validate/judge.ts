import type { Background } from '../../../shared/cache/refresher.ts';
import { type Millis, seconds, toNumericDate } from '../../../shared/clock.ts';
import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import { within } from '../../../shared/deadline.ts';
import {
  bearerChallenge,
  insufficientScopeProblem,
} from '../../../shared/http/bearer-challenge.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { isSameResource } from '../../../shared/http/resource-key.ts';
import { toErrorCode } from '../../../shared/tokens/token-error.ts';
import type { Presented, SenderConstraint } from '../credentials/sender-constraint.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import type { Question } from './question.ts';
import type { CachedToken, TokenValidator } from './token-validator.ts';

export type JudgeNeeds = {
  readonly validator: TokenValidator;
  readonly senderConstraint: SenderConstraint;
  readonly limits: RateLimits;
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
};

/** The token that a request asks about. */
export type Subject = {
  readonly token: string;
  /** `undefined` if the token is in the body, so that nobody presents it. */
  readonly presented: Presented | undefined;
};

export type Judgement = {
  readonly found: CachedToken;
  /** A new nonce for the client's proofs. */
  readonly dpopNonce: string | undefined;
};

const STRONG_LIMIT = seconds(5);

/**
 * Checks a token against a question.
 *
 * @throws {Problem} `AUTH_*` if the token is refused; `RATE_LIMITED`, `SERVICE_UNAVAILABLE`.
 */
export async function judge(
  { validator, senderConstraint, limits, identity }: JudgeNeeds,
  subject: Subject | undefined,
  question: Question,
  now: Millis,
  background: Background,
): Promise<Judgement> {
  if (subject === undefined) throw new Problem('AUTH_TOKEN_MISSING');
  const { token, presented } = subject;
  const found =
    validator.recall(token, now, background) ?? (await validated(validator, token, background));
  requireAudience(found, question.audience);
  const dpopNonce = presented && (await senderConstraint.require(found.principal, presented, now));
  limits.of('token').take(found.principal.tokenId, now);
  if (question.strong) await requireLiveSession(identity, found.principal);
  requireScopes(found.principal, question.scopes);
  requireSignIn(found, question, now);
  return { found, dpopNonce };
}

async function validated(
  validator: TokenValidator,
  token: string,
  background: Background,
): Promise<CachedToken> {
  const result = await validator.validate(token, background);
  if (!result.ok) throw new Problem(toErrorCode(result.error));
  return result.value;
}

function requireAudience({ isForUs, audiences }: CachedToken, audience?: string): void {
  const isMeant =
    audience === undefined ? isForUs : audiences.some((one) => isSameResource(one, audience));
  if (!isMeant) throw new Problem(toErrorCode({ reason: 'audience_mismatch' }));
}

async function requireLiveSession(
  identity: Pick<IdentityRpc, 'checkSession'>,
  { subject, sessionId, tokenId }: Principal,
): Promise<void> {
  const status = await orUnavailable('identity', () =>
    within(STRONG_LIMIT, identity.checkSession({ subject, sessionId, tokenId })),
  );
  if (status !== 'live') throw new Problem(toErrorCode({ reason: 'revoked' }));
}

/** Requires scopes (RFC 6750 §3.1). */
function requireScopes(principal: Principal, required: readonly string[]): void {
  if (required.every((scope) => principal.scopes.includes(scope))) return;
  throw insufficientScopeProblem(required.join(' '));
}

/**
 * Requires that the user signed in by one of the requested methods, and recently enough.
 *
 * @see [RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)
 * @throws {Problem} `AUTH_STEP_UP_REQUIRED`, whose challenge lists the parameters for a new
 *   authorization request.
 */
function requireSignIn(
  { acr, authTime }: CachedToken,
  { acrValues, maxAge }: Pick<Question, 'acrValues' | 'maxAge'>,
  now: Millis,
): void {
  const isGood = acrValues.length === 0 || (acr !== undefined && acrValues.includes(acr));
  const age = authTime === undefined ? Infinity : toNumericDate(now) - authTime;
  if (isGood && (maxAge === undefined || age <= maxAge)) return;
  const challenge = bearerChallenge({
    error: 'insufficient_user_authentication',
    ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
    ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
  });
  throw new Problem('AUTH_STEP_UP_REQUIRED', { headers: { 'www-authenticate': challenge } });
}
