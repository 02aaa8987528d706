import type { Background } from '../../../shared/cache/refresher.ts';
import { type Millis, seconds } from '../../../shared/clock.ts';
import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import { within } from '../../../shared/deadline.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { toErrorCode } from '../../../shared/tokens/token-error.ts';
import { available } from '../available.ts';
import type { Presented, SenderConstraint } from '../binding/sender-constraint.ts';
import { rateLimited } from '../failure.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import type { CachedToken } from './cached-token.ts';
import type { Question } from './question.ts';
import { requireSignIn } from './step-up.ts';
import type { TokenValidator } from './token-validator.ts';

export type JudgeServices = {
  readonly validator: TokenValidator;
  readonly senderConstraint: SenderConstraint;
  readonly limits: RateLimits;
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
};

/** The token in question. */
export type Subject = {
  readonly token: string;
  /** `undefined`: somebody speaks of the token, and presents it to nobody. */
  readonly presented: Presented | undefined;
};

export type Judgement = {
  readonly found: CachedToken;
  /** A new nonce for the client's proofs. */
  readonly dpopNonce: string | undefined;
};

const STRONG_LIMIT = seconds(5);

/**
 * Answers a question about a token.
 *
 * @throws {Problem} `AUTH_*` where the answer is no; `RATE_LIMITED`, `SERVICE_UNAVAILABLE`.
 */
export async function judge(
  { validator, senderConstraint, limits, identity }: JudgeServices,
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
  const reached = limits.admitUser(found.principal.subject, now);
  if (reached !== undefined) throw rateLimited(reached);
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
  const isMeant = audience === undefined ? isForUs : audiences.includes(audience);
  if (!isMeant) throw new Problem(toErrorCode({ reason: 'audience_mismatch' }));
}

async function requireLiveSession(
  identity: Pick<IdentityRpc, 'checkSession'>,
  { subject, sessionId, tokenId }: Principal,
): Promise<void> {
  const check = identity.checkSession({ subject, sessionId, tokenId });
  const status = await available(within(STRONG_LIMIT, check));
  if (status !== 'live') throw new Problem(toErrorCode({ reason: 'revoked' }));
}

/** RFC 6750 §3.1. */
function requireScopes(principal: Principal, required: readonly string[]): void {
  if (required.every((scope) => principal.scopes.includes(scope))) return;
  const challenge = `Bearer error="insufficient_scope", scope="${required.join(' ')}"`;
  throw new Problem('AUTH_SCOPE_INSUFFICIENT', { headers: { 'www-authenticate': challenge } });
}
