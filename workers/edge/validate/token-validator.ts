import { type Bytes, utf8 } from '../../../shared/bytes.ts';
import { DeploymentJwks } from '../../../shared/cache/deployment-jwks.ts';
import type { Background } from '../../../shared/cache/refresher.ts';
import { TokenCache, type TokenCacheLimits } from '../../../shared/cache/token-cache.ts';
import type { Millis, NumericDate } from '../../../shared/clock.ts';
import { encodePrincipal, type Principal } from '../../../shared/contracts/edge/principal.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { isSameResource } from '../../../shared/http/resource-key.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { type RevocationLimits, Revocations } from '../../../shared/revocation/revocations.ts';
import {
  type AccessToken,
  type AccessTokenPolicy,
  verifyAccessToken,
} from '../../../shared/tokens/access-token.ts';
import type { TokenError } from '../../../shared/tokens/token-error.ts';
import type { VerificationKey } from '../../../shared/tokens/verification-keys.ts';
import type { Runtime, Upstreams } from '../ports.ts';

export type ValidatorSettings = AccessTokenPolicy & {
  /** The audience that a token must have if the request names none. */
  readonly audience: string;
  readonly revocation: RevocationLimits;
  readonly tokenCache?: TokenCacheLimits;
};

/**
 * Validates access tokens by what the isolate has cached: verified tokens, published keys and
 * revocations. Does NOT compare audience and scopes with the question.
 */
export class TokenValidator {
  readonly #settings: ValidatorSettings;
  readonly #runtime: Runtime;
  readonly #tokens: TokenCache<CachedToken>;
  readonly #keys: DeploymentJwks;
  readonly #revocations: Revocations;

  constructor(
    settings: ValidatorSettings,
    { identity, keys }: Pick<Upstreams, 'identity' | 'keys'>,
    runtime: Runtime,
  ) {
    this.#settings = settings;
    this.#runtime = runtime;
    this.#tokens = new TokenCache(settings.tokenCache);
    this.#keys = new DeploymentJwks('edge.keys', keys.rpc, runtime);
    this.#revocations = new Revocations(identity.rpc, settings.revocation, runtime);
  }

  /**
   * Finds a token that was verified before and is valid at `now`. Never waits.
   *
   * @returns `undefined` if {@link validate} must decide.
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
   * Decides whether a token is valid.
   *
   * @throws {Problem} `SERVICE_UNAVAILABLE` if the keys or the revocation log cannot be reached and
   *   the cached ones are too old.
   */
  async validate(token: string, background: Background): Promise<Result<CachedToken, TokenError>> {
    const verified = await this.#verified(token, background);
    if (!verified.ok) {
      this.#report(verified.error);
      return verified;
    }
    const { principal } = verified.value;
    // A revocation in the snapshot is valid, however old the snapshot is.
    if (!this.#revocations.has(principal)) {
      await orUnavailable('the revocation log', () => this.#revocations.ensureUsable(background));
    }
    if (!this.#revocations.has(principal)) return verified;
    this.#tokens.delete(token);
    return err({ reason: 'revoked' });
  }

  async #verified(token: string, background: Background): Promise<Result<CachedToken, TokenError>> {
    const keys = await orUnavailable('keys', () => this.#keys.keys(background));
    const found = this.#tokens.get(token);
    if (found !== undefined && this.#keys.isCurrent(found.key)) return this.#unexpired(found);
    const now = this.#runtime.clock();
    const first = await verifyAccessToken(token, keys, this.#settings, now);
    if (first.ok || first.error.reason !== 'key_unknown') return this.#cached(token, first);
    // The key may be newer than ours: without an answer it is unknown whether the token is valid.
    const newer = await orUnavailable('keys', () => this.#keys.keysAfterUnknownKid());
    if (newer === keys) return first;
    return this.#cached(token, await verifyAccessToken(token, newer, this.#settings, now));
  }

  /**
   * Logs tokens that were altered, or that we did not issue. Other refused tokens are no event for
   * an operator.
   */
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

/** A verified token, with the answers about it in the form in which they are sent. */
export type CachedToken = {
  readonly principal: Principal;
  readonly audiences: readonly string[];
  /** Whether the configured audience is among {@link audiences}. */
  readonly isForUs: boolean;
  /** The `exp` claim, in milliseconds. */
  readonly expiresAt: Millis;
  readonly authTime: NumericDate | undefined;
  readonly acr: string | undefined;
  readonly key: VerificationKey;
  /** The answer to `POST …/token/validate`, as JSON. */
  readonly body: Bytes;
  /** The headers of the answer to forward authentication, which has no body. */
  readonly passed: { readonly headers: Headers };
  /** The header for the Workers behind the edge. */
  readonly principalHeader: string;
};

/** @param audience - The configured audience. */
function toCachedToken(token: AccessToken, audience: string): CachedToken {
  const { principal, audiences, expiresAt, authTime, acr, key } = token;
  return {
    principal,
    audiences,
    isForUs: audiences.some((one) => isSameResource(one, audience)),
    expiresAt: expiresAt * 1_000,
    authTime,
    acr,
    key,
    body: utf8(validationBody(token)),
    passed: { headers: forwardHeaders(principal) },
    principalHeader: encodePrincipal(principal),
  };
}

/** `issuedAt` and `expiresAt` are `NumericDate`s, as `iat` and `exp` are. */
function validationBody({ principal, issuedAt, expiresAt, claims }: AccessToken): string {
  const { subject, sessionId, clientId, scopes, tokenId } = principal;
  return JSON.stringify({
    valid: true,
    subject,
    sessionId,
    clientId,
    scopes,
    issuedAt,
    expiresAt,
    tokenId,
    claims,
  });
}

/**
 * Each header is always there, if need be empty: a proxy that copies what it finds then replaces what
 * a client sent under that name.
 */
function forwardHeaders(principal: Principal): Headers {
  const { subject, sessionId, clientId, scopes, roles } = principal;
  return new Headers({
    'cache-control': 'no-store',
    'x-auth-subject': subject,
    'x-auth-session-id': sessionId ?? '',
    'x-auth-client-id': clientId,
    'x-auth-scopes': scopes.join(' '),
    'x-auth-roles': roles.join(' '),
  });
}
