import { type Millis, seconds } from '../../../shared/clock.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity-rpc.ts';
import type { Principal } from '../../../shared/contracts/principal.ts';
import { within } from '../../../shared/deadline.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { toErrorCode } from '../../../shared/tokens/token-error.ts';
import { rateLimited } from '../failure.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import type { Background } from '../ports.ts';
import type { Question } from './question.ts';
import type { RememberedToken } from './remembered-token.ts';
import type { TokenValidator } from './token-validator.ts';

export type JudgeServices = {
  readonly validator: TokenValidator;
  readonly limits: RateLimits;
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
};

const STRONG_LIMIT = seconds(5);

/**
 * Answers a question about a token.
 *
 * @throws {Problem} `AUTH_*` where the answer is no; `RATE_LIMITED`, `SERVICE_UNAVAILABLE`.
 */
export async function judge(
  { validator, limits, identity }: JudgeServices,
  { token, audience, scopes, strong }: Question,
  now: Millis,
  background: Background,
): Promise<RememberedToken> {
  if (token === undefined) throw new Problem('AUTH_TOKEN_MISSING');
  const known = validator.recall(token, now, background);
  const found = known ?? (await validated(validator, token, background));
  const isMeant = audience === undefined ? found.isForUs : found.audiences.includes(audience);
  if (!isMeant) throw new Problem(toErrorCode({ reason: 'audience_mismatch' }));
  const reached = limits.admitUser(found.principal.subject, now);
  if (reached !== undefined) throw rateLimited(reached);
  if (strong) await requireLiveSession(identity, found.principal);
  requireScopes(found.principal, scopes);
  return found;
}

async function validated(
  validator: TokenValidator,
  token: string,
  background: Background,
): Promise<RememberedToken> {
  const result = await validator.validate(token, background);
  if (!result.ok) throw new Problem(toErrorCode(result.error));
  return result.value;
}

async function requireLiveSession(
  identity: Pick<IdentityRpc, 'checkSession'>,
  { subject, sessionId, tokenId }: Principal,
): Promise<void> {
  const check = identity.checkSession({ subject, sessionId, tokenId });
  const status = await within(STRONG_LIMIT, check).catch((cause: unknown) => {
    throw new Problem('SERVICE_UNAVAILABLE', { cause });
  });
  if (status !== 'live') throw new Problem(toErrorCode({ reason: 'revoked' }));
}

/** RFC 6750 §3.1. */
function requireScopes(principal: Principal, required: readonly string[]): void {
  if (required.every((scope) => principal.scopes.includes(scope))) return;
  const challenge = `Bearer error="insufficient_scope", scope="${required.join(' ')}"`;
  throw new Problem('AUTH_SCOPE_INSUFFICIENT', { headers: { 'www-authenticate': challenge } });
}
