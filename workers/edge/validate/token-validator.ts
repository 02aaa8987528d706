import { PublishedKeys } from '../../../shared/cache/published-keys.ts';
import type { Background } from '../../../shared/cache/refresher.ts';
import { TokenCache, type TokenCacheLimits } from '../../../shared/cache/token-cache.ts';
import type { Millis } from '../../../shared/clock.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { type RevocationLimits, Revocations } from '../../../shared/revocation/revocations.ts';
import {
  type AccessToken,
  type AccessTokenPolicy,
  verifyAccessToken,
} from '../../../shared/tokens/access-token.ts';
import type { TokenError } from '../../../shared/tokens/token-error.ts';
import { available } from '../available.ts';
import type { Runtime, Upstreams } from '../ports.ts';
import { type CachedToken, toCachedToken } from './cached-token.ts';

export type ValidatorSettings = AccessTokenPolicy & {
  /** The audience that a token must name where the asker names none. */
  readonly audience: string;
  readonly revocation: RevocationLimits;
  readonly tokenCache?: TokenCacheLimits;
};

/**
 * Validates access tokens from isolate memory: tokens that were verified before, published keys,
 * revocations. Does NOT compare audience and scopes with what is asked for.
 */
export class TokenValidator {
  readonly #settings: ValidatorSettings;
  readonly #runtime: Runtime;
  readonly #tokens: TokenCache<CachedToken>;
  readonly #keys: PublishedKeys;
  readonly #revocations: Revocations;

  constructor(
    settings: ValidatorSettings,
    { identity, keys }: Pick<Upstreams, 'identity' | 'keys'>,
    runtime: Runtime,
  ) {
    this.#settings = settings;
    this.#runtime = runtime;
    this.#tokens = new TokenCache(settings.tokenCache);
    this.#keys = new PublishedKeys('edge.keys', keys.rpc, runtime);
    this.#revocations = new Revocations(identity.rpc, settings.revocation, runtime);
  }

  /**
   * Finds a token that was verified before and is good at `now`. Never waits.
   *
   * @returns `undefined` where {@link validate} must decide.
   */
  recall(token: string, now: Millis, background: Background): CachedToken | undefined {
    const found = this.#tokens.get(token);
    return found !== undefined &&
      now < found.expiresAt &&
      this.#keys.isUsable(now, background) &&
      this.#keys.isCurrent(found.key) &&
      this.#revocations.isUsable(now, background) &&
      !this.#revocations.has(found.principal)
      ? found
      : undefined;
  }

  /**
   * Decides on a token.
   *
   * @throws {Problem} `SERVICE_UNAVAILABLE` if the keys or the revocation log cannot be reached and
   *   what is held of them is too old.
   */
  async validate(token: string, background: Background): Promise<Result<CachedToken, TokenError>> {
    const verified = await this.#verified(token, background);
    if (!verified.ok) {
      this.#report(verified.error);
      return verified;
    }
    const { principal } = verified.value;
    // A known revocation holds however old the snapshot is.
    if (!this.#revocations.has(principal)) {
      await available(this.#revocations.ensureUsable(background));
    }
    if (!this.#revocations.has(principal)) return verified;
    this.#tokens.delete(token);
    return err({ reason: 'revoked' });
  }

  async #verified(token: string, background: Background): Promise<Result<CachedToken, TokenError>> {
    const keys = await available(this.#keys.keys(background));
    const found = this.#tokens.get(token);
    if (found !== undefined && this.#keys.isCurrent(found.key)) return this.#unexpired(found);
    const now = this.#runtime.clock();
    const first = await verifyAccessToken(token, keys, this.#settings, now);
    if (first.ok || first.error.reason !== 'key_unknown') return this.#cached(token, first);
    // If `keys` does not answer, the token stays unknown and is refused.
    const newer = await this.#keys.keysAfterUnknownKid().catch(() => keys);
    if (newer === keys) return first;
    return this.#cached(token, await verifyAccessToken(token, newer, this.#settings, now));
  }

  /** Tokens expire and clients err; these were tampered with, or are not ours. */
  #report({ reason }: TokenError): void {
    if (TAMPERED.has(reason)) {
      this.#runtime.log({ event: 'token.refused', level: 'security', reason });
    }
  }

  #unexpired(found: CachedToken): Result<CachedToken, TokenError> {
    if (this.#runtime.clock() < found.expiresAt) return ok(found);
    return err({ reason: 'expired', expiredAt: found.expiresAt / 1_000 });
  }

  #cached(
    token: string,
    verified: Result<AccessToken, TokenError>,
  ): Result<CachedToken, TokenError> {
    if (!verified.ok) return verified;
    const value = toCachedToken(verified.value, this.#settings.audience);
    this.#tokens.set(token, value);
    return ok(value);
  }
}

const TAMPERED: ReadonlySet<TokenError['reason']> = new Set([
  'header_refused',
  'algorithm_refused',
  'key_mismatch',
  'signature_invalid',
]);
