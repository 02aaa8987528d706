import type { DeploymentJwks } from '../../../../shared/cache/deployment-jwks.ts';
import type { Background, RefresherRuntime } from '../../../../shared/cache/refresher.ts';
import { TokenCache } from '../../../../shared/cache/token-cache.ts';
import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { Principal } from '../../../../shared/contracts/edge/principal.ts';
import type { RevocationLog } from '../../../../shared/contracts/identity/revocation-log.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Result } from '../../../../shared/result.ts';
import { Revocations } from '../../../../shared/revocation/revocations.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import type { TokenError } from '../../../../shared/tokens/token-error.ts';
import { type VerifyOwnJwtNeeds, verifyOwnAccessToken } from './verify-own-jwt.ts';

/** A snapshot of this age is refreshed before the answer, and not used if that fails. */
const MAX_AGE: Millis = seconds(5);

export type LiveTokensNeeds = VerifyOwnJwtNeeds & {
  readonly ownKeys: DeploymentJwks;
  readonly revocations: () => Pick<RevocationLog, 'read'>;
  readonly runtime: RefresherRuntime;
};

/**
 * Judges access tokens of ours from isolate memory, as `edge` does: it checks a signature once, and
 * follows the revocation log. See `docs/decisions/0009-introspection-follows-the-log.md`.
 */
export class LiveTokens {
  readonly #needs: LiveTokensNeeds;
  readonly #revocations: Revocations;
  readonly #tokens = new TokenCache<AccessToken>();

  constructor(needs: LiveTokensNeeds) {
    this.#needs = needs;
    this.#revocations = new Revocations(
      { revocations: (after) => needs.revocations().read(after) },
      { maxAge: MAX_AGE, unreachableAge: MAX_AGE },
      needs.runtime,
    );
  }

  /** As {@link verifyOwnAccessToken}. */
  async verify(token: string): Promise<Result<AccessToken, TokenError>> {
    const found = await this.#recall(token);
    if (found !== undefined) return { ok: true, value: found };
    const verified = await verifyOwnAccessToken(token, this.#needs);
    if (verified.ok) this.#tokens.set(token, verified.value);
    return verified;
  }

  /**
   * Whether a token or its session has been revoked. A revocation by another isolate may be missed for 5 s.
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

  /** Has the log read anew before the next answer, because this isolate has revoked something. */
  expire(): void {
    this.#revocations.expire();
  }

  async #recall(token: string): Promise<AccessToken | undefined> {
    const found = this.#tokens.get(token);
    if (found === undefined || this.#needs.clock() >= found.expiresAt * 1_000) return undefined;
    // A token is no longer good when its key is no longer published.
    const { ownKeys } = this.#needs;
    await orUnavailable('the keys', () => ownKeys.keys());
    return ownKeys.isCurrent(found.key) ? found : undefined;
  }
}
