import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { Principal } from '../../../../shared/contracts/edge/principal.ts';
import type { RevocationLog } from '../../../../shared/contracts/identity/revocation-log.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { err, type Result } from '../../../../shared/result.ts';
import type { Background, RefresherRuntime } from '../../../../shared/revocation/refresher.ts';
import { Revocations } from '../../../../shared/revocation/revocations.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import type { TokenError } from '../../../../shared/tokens/token-error.ts';
import { TokenMemo } from '../../../../shared/tokens/token-memo.ts';
import type { Services } from '../../context.ts';
import { strongCheck } from '../../sessions/token-status.ts';
import { isActiveClient } from '../clients/client-directory.ts';
import { type Verifier, verifyOwnAccessToken } from './verify-own-jwt.ts';

/** A snapshot of this age is refreshed before the answer, and not used if that fails. */
const MAX_AGE: Millis = seconds(5);

export type LiveTokensParts = Verifier & {
  readonly revocations: () => Pick<RevocationLog, 'read'>;
  readonly runtime: RefresherRuntime;
};

/**
 * Judges access tokens of ours from isolate memory, as `edge` does: a signature is checked once, and
 * the revocation log is followed. See `docs/decisions/0009-introspection-follows-the-log.md`.
 */
export class LiveTokens {
  readonly #parts: LiveTokensParts;
  readonly #revocations: Revocations;
  readonly #memo = new TokenMemo<AccessToken>();

  constructor(parts: LiveTokensParts) {
    this.#parts = parts;
    this.#revocations = new Revocations(
      { revocations: (after) => parts.revocations().read(after) },
      { maxAge: MAX_AGE, unreachableAge: MAX_AGE },
      parts.runtime,
    );
  }

  /** As {@link verifyOwnAccessToken}. */
  async verify(token: string): Promise<Result<AccessToken, TokenError>> {
    const found = await this.#recall(token);
    if (found !== undefined) return { ok: true, value: found };
    const verified = await verifyOwnAccessToken(token, this.#parts);
    if (verified.ok) this.#memo.set(token, verified.value);
    return verified;
  }

  /**
   * Whether a token or its session was revoked: up to 5 s ago, or through this isolate at any time.
   *
   * @throws {Problem} `SERVICE_UNAVAILABLE` if the log cannot be read.
   */
  async isRevoked(
    principal: Pick<Principal, 'sessionId' | 'tokenId'>,
    background: Background,
  ): Promise<boolean> {
    if (this.#revocations.has(principal)) return true;
    await orUnavailable('the revocation log', () => this.#revocations.ensureUsable(background));
    return this.#revocations.has(principal);
  }

  /** Something was revoked through this isolate: the next answer knows of it. */
  expire(): void {
    this.#revocations.expire();
  }

  async #recall(token: string): Promise<AccessToken | undefined> {
    const found = this.#memo.get(token);
    if (found === undefined || this.#parts.clock() >= found.expiresAt * 1_000) return undefined;
    // A key that is not published any more verifies nothing.
    const keys = await orUnavailable('the keys', () => this.#parts.ownKeys.keys());
    return keys.get(found.key.kid)?.source === found.key.source ? found : undefined;
  }
}

/**
 * Verifies an access token of ours and asks the owners whether it is still good: what is made from it
 * must not outlive it. Does NOT check its audience or its sender's key.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if one of them does not answer.
 */
export async function activeAccessToken(
  token: string,
  services: Services,
): Promise<Result<AccessToken, Pick<TokenError, 'reason'>>> {
  const verified = await services.liveTokens.verify(token);
  if (!verified.ok) return verified;
  const { principal } = verified.value;
  const [status, isActive] = await Promise.all([
    orUnavailable('the user', () => strongCheck(principal, services)),
    isActiveClient(principal.clientId, services),
  ]);
  return status === 'live' && isActive ? verified : err({ reason: 'revoked' });
}
