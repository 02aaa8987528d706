/**
 * Sender-constrained tokens, which are valid only with a proof that the sender holds their key.
 *
 * @see [RFC 9449 §7](https://www.rfc-editor.org/rfc/rfc9449#section-7), RFC 8705 §3
 * @module
 */

import { cachedUntil } from '../../../shared/cache/cached.ts';
import { type Millis, seconds } from '../../../shared/clock.ts';
import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import type { DpopNonces, IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import type { Confirmation } from '../../../shared/contracts/identity/oauth-terms.ts';
import { within } from '../../../shared/deadline.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { Problem } from '../../../shared/http/problem.ts';
import { type DpopProof, proofId, verifyDpopProof } from '../../../shared/oauth/dpop-proof.ts';
import { proofTimeFault } from '../../../shared/oauth/dpop-time.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { nonceRequired, proofRefused, tokenRefused } from './challenges.ts';
import { clientCertificate } from './client-certificate.ts';
import type { Credentials, Target } from './credentials.ts';

/** A token and the request that presents it. */
export type Presented = Credentials & {
  readonly request: Request;
  /** The `htm` and `htu` that a proof must contain. */
  readonly target: (request: Request) => Target;
};

type Source = Pick<IdentityRpc, 'dpopNonces' | 'useDpopProof'>;

type Settings = { readonly dpopNonceRequired: boolean };

const LIMIT = seconds(5);

/** Requires that a token that is bound to a key is presented by the holder of that key. */
export class SenderConstraint {
  /** The nonces, cached for as long as `identity` gives them out. */
  readonly #nonces: (now: Millis) => Promise<DpopNonces>;
  readonly #source: Source;
  readonly #settings: Settings;
  readonly #log: Log;

  constructor(source: Source, settings: Settings, log: Log) {
    this.#nonces = cachedUntil(
      () => within(LIMIT, source.dpopNonces()),
      ({ validUntil }) => validUntil,
    );
    this.#source = source;
    this.#settings = settings;
    this.#log = log;
  }

  /**
   * Checks how a valid token is presented.
   *
   * @returns The nonce that the answer must contain (RFC 9449 §8.2), if any.
   * @throws {Problem} `AUTH_TOKEN_INVALID`, `AUTH_DPOP_*`; `SERVICE_UNAVAILABLE` if `identity` cannot
   *   say whether a proof is new.
   */
  async require(
    { confirmation }: Pick<Principal, 'confirmation'>,
    presented: Presented,
    now: Millis,
  ): Promise<string | undefined> {
    const { jkt, 'x5t#S256': certificate } = confirmation ?? {};
    if (certificate !== undefined) await this.#requireCertificate(certificate, presented);
    if (jkt === undefined && presented.scheme === 'Bearer') return undefined;
    // A bound token needs its proof (RFC 9449 §7.2), and an unbound one must not come with a proof.
    if (jkt === undefined || presented.scheme === 'Bearer') throw this.#refused('scheme', 'DPoP');
    return this.#requireProof(jkt, presented, now);
  }

  async #requireCertificate(
    thumbprint: NonNullable<Confirmation['x5t#S256']>,
    { request, scheme }: Presented,
  ): Promise<void> {
    const certificate = await clientCertificate(request.cf);
    if (certificate?.sha256 !== thumbprint) throw this.#refused('certificate', scheme);
  }

  async #requireProof(
    jkt: string,
    { request, target, token }: Presented,
    now: Millis,
  ): Promise<string | undefined> {
    const nonces = await orUnavailable('identity', () => this.#nonces(now));
    const proof = request.headers.get('dpop') ?? '';
    const verified = await verifyDpopProof({
      ...target(request),
      proof,
      accessToken: token,
    });
    if (!verified.ok) throw proofRefused(nonces.current);
    if (verified.value.jkt !== jkt) throw this.#refused('key', 'DPoP');
    const isNonceRequired = this.#settings.dpopNonceRequired;
    const fault = proofTimeFault(verified.value, { nonces, isNonceRequired, now });
    if (fault === 'untimely') throw proofRefused(nonces.current);
    if (fault !== undefined) throw nonceRequired(nonces.current);
    await this.#requireFirstUse(verified.value, nonces);
    return verified.value.nonce === nonces.current ? undefined : nonces.current;
  }

  /** Refuses a proof that was used before (RFC 9449 §11.1). */
  async #requireFirstUse(proof: DpopProof, { current }: DpopNonces): Promise<void> {
    const id = await proofId(proof);
    const isFirst = await orUnavailable('identity', () =>
      within(LIMIT, this.#source.useDpopProof(id)),
    );
    if (isFirst) return;
    this.#report('replay');
    throw proofRefused(current);
  }

  #refused(reason: Reason, scheme: Credentials['scheme']): Problem {
    this.#report(reason);
    return tokenRefused(scheme);
  }

  #report(reason: Reason): void {
    this.#log({ event: 'token.misused', level: 'security', reason });
  }
}

type Reason = 'scheme' | 'certificate' | 'key' | 'replay';
