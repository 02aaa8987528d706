import { type Clock, type Millis, seconds, toNumericDate } from '../../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../../shared/contracts/edge/principal.ts';
import type { KeysRpc } from '../../../../shared/contracts/keys/keys-rpc.ts';

/** The lifetime of a token, in seconds. */
const LIFETIME = 60;
/** A token is reused this long: its remaining lifetime is enough for a call to arrive. */
const REUSED_FOR = seconds(45);
const CACHE_LIMIT = 10_000;

export type ServiceTokensNeeds = {
  readonly keys: Pick<KeysRpc, 'signJwt'>;
  readonly issuer: string;
  readonly newId: () => string;
  readonly clock: Clock;
};

type CachedToken = { readonly token: Promise<string>; readonly until: Millis };

/**
 * The tokens that tell registered services on whose behalf they are called: JWTs (RFC 7519) for the
 * audience of one service.
 */
export class ServiceTokens {
  readonly #needs: ServiceTokensNeeds;
  /** By service and claims, the oldest first. */
  readonly #cached = new Map<string, CachedToken>();

  constructor(needs: ServiceTokensNeeds) {
    this.#needs = needs;
  }

  /** @throws If it cannot be signed. The next call tries again. */
  async for(principal: SessionPrincipal, service: string, audience: string): Promise<string> {
    const now = this.#needs.clock();
    const claims = claimsOf(principal, audience);
    // The audience tells services apart. The name does so whatever stands in the registry.
    const key = JSON.stringify([service, claims]);
    const cached = this.#cached.get(key);
    if (cached !== undefined && now < cached.until) return cached.token;

    const token = this.#sign(claims, now);
    this.#cache(key, { token, until: now + REUSED_FOR }, now);
    token.catch(() => this.#cached.delete(key));
    return token;
  }

  #sign(claims: Readonly<Record<string, unknown>>, now: Millis): Promise<string> {
    const { keys, issuer, newId } = this.#needs;
    const iat = toNumericDate(now);
    const times = { iat, exp: iat + LIFETIME, jti: newId() };
    return keys.signJwt({ typ: 'service+jwt', claims: { iss: issuer, ...claims, ...times } });
  }

  #cache(key: string, entry: CachedToken, now: Millis): void {
    this.#cached.delete(key);
    for (const [oldest, { until }] of this.#cached) {
      if (now < until && this.#cached.size < CACHE_LIMIT) break;
      this.#cached.delete(oldest);
    }
    this.#cached.set(key, entry);
  }
}

function claimsOf(principal: SessionPrincipal, audience: string) {
  const { subject, sessionId, clientId, scopes, roles } = principal;
  return {
    aud: audience,
    sub: subject,
    sid: sessionId,
    client_id: clientId,
    scope: scopes.join(' '),
    roles,
  };
}
