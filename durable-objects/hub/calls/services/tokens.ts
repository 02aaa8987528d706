import { type Clock, type Millis, seconds, toNumericDate } from '../../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../../shared/contracts/edge/principal.ts';
import type { KeysRpc } from '../../../../shared/contracts/keys/keys-rpc.ts';

/** Seconds. */
const LIFE = 60;
/** What is left of a token is enough for the call to arrive. */
const USED_FOR = seconds(45);
const MOST_KEPT = 10_000;

export type ServiceTokensDeps = {
  readonly keys: Pick<KeysRpc, 'signJwt'>;
  readonly issuer: string;
  readonly newId: () => string;
  readonly clock: Clock;
};

type Kept = { readonly token: Promise<string>; readonly until: Millis };

/**
 * Tells registered services on whose behalf they are called: by a JWT (RFC 7519) for the audience of
 * one service, which is good for nothing elsewhere.
 */
export class ServiceTokens {
  readonly #deps: ServiceTokensDeps;
  /** By what they say, the oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(deps: ServiceTokensDeps) {
    this.#deps = deps;
  }

  /** @throws If it cannot be signed. The next call tries again. */
  async for(principal: SessionPrincipal, audience: string): Promise<string> {
    const now = this.#deps.clock();
    const claims = claimsOf(principal, audience);
    const key = JSON.stringify(claims);
    const kept = this.#kept.get(key);
    if (kept !== undefined && now < kept.until) return kept.token;

    const token = this.#sign(claims, now);
    this.#keep(key, { token, until: now + USED_FOR }, now);
    token.catch(() => this.#kept.delete(key));
    return token;
  }

  #sign(claims: Readonly<Record<string, unknown>>, now: Millis): Promise<string> {
    const { keys, issuer, newId } = this.#deps;
    const iat = toNumericDate(now);
    const times = { iat, exp: iat + LIFE, jti: newId() };
    return keys.signJwt({ typ: 'service+jwt', claims: { iss: issuer, ...claims, ...times } });
  }

  #keep(key: string, kept: Kept, now: Millis): void {
    this.#kept.delete(key);
    for (const [oldest, { until }] of this.#kept) {
      if (now < until && this.#kept.size < MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    this.#kept.set(key, kept);
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
