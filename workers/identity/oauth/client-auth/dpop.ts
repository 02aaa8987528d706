import { createMiddleware } from 'hono/factory';
import { toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Clock, type Millis, seconds } from '../../../../shared/clock.ts';
import type { DpopNonces } from '../../../../shared/contracts/identity/identity-rpc.ts';
import { type DpopProof, proofId, verifyDpopProof } from '../../../../shared/oauth/dpop-proof.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { RequestEnv } from '../../../kit/request.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { endpointUrl } from '../endpoints.ts';

export type DpopNonceNeeds = { readonly dpopNonces: () => Promise<DpopNonces> };

export type ProvenKeyNeeds = DpopNonceNeeds & {
  readonly config: {
    readonly issuer: string;
    readonly oauth: { readonly dpopNonce: 'required' | 'optional' };
  };
  readonly clock: Clock;
  readonly ttlStore: () => TtlStore;
};

/**
 * The key that the sender of a POST proved to hold (RFC 9449 §5). The proof is used up.
 *
 * @param endpoint - The path, such as `/oauth2/token`.
 * @returns Its thumbprint; `null` if the request carries no proof.
 * @throws {OAuthError} `invalid_dpop_proof`, or `use_dpop_nonce` for a proof without a nonce that is
 *   ours and fresh: whoever answers must send one along.
 * @throws {TtlStoreUnavailable} If it cannot be found out whether the proof was used before.
 */
export async function provenKey(
  headers: Headers,
  endpoint: string,
  needs: ProvenKeyNeeds,
): Promise<string | null> {
  const proof = headers.get('dpop');
  if (proof === null) return null;
  const { config, clock, ttlStore } = needs;
  const url = endpointUrl(config.issuer, endpoint);
  const verified = await verifyDpopProof({ proof, method: 'POST', url, now: clock() });
  if (!verified.ok) throw invalidProof(verified.error.reason);
  await checkNonce(verified.value, needs);
  const isFirst = await useDpopProof(ttlStore(), await proofId(verified.value));
  if (!isFirst) throw invalidProof('replayed');
  return verified.value.jkt;
}

/** RFC 9449 §8. Where no nonce is required, a wrong one is still wrong. */
async function checkNonce(
  { nonce }: Pick<DpopProof, 'nonce'>,
  needs: Pick<ProvenKeyNeeds, 'config' | 'dpopNonces'>,
): Promise<void> {
  const isRequired = needs.config.oauth.dpopNonce === 'required';
  if (nonce === undefined && !isRequired) return;
  if (!isFresh(nonce, await needs.dpopNonces())) {
    throw new OAuthError('use_dpop_nonce', 'The DPoP proof must carry the nonce in DPoP-Nonce');
  }
}

const isFresh = (nonce: string | undefined, { current, previous }: DpopNonces): boolean =>
  nonce === current || nonce === previous;

const invalidProof = (reason: string): OAuthError =>
  new OAuthError('invalid_dpop_proof', `The DPoP proof is refused (${reason})`);

/** A nonce is accepted for this long, and the proofs that carry it with it. */
const PROOF_SECONDS = 600;

/**
 * Uses a DPoP proof up: its id is stored until it is too old to be accepted (RFC 9449 §11.1).
 *
 * @param proofId SHA-256, base64url, of key thumbprint and `jti`.
 * @returns `false` if it was used before.
 * @throws {TtlStoreUnavailable} If it cannot be found out. Refuse the proof then.
 */
export const useDpopProof = (store: TtlStore, proofId: string): Promise<boolean> =>
  store.putIfAbsent(`dpop:${proofId}`, '1', PROOF_SECONDS);

/**
 * Tells each sender of a proof the nonce for the next one, also where the request fails (RFC 9449
 * §8.2).
 */
export const dpopNonceHeader = createMiddleware<RequestEnv<DpopNonceNeeds>>(async (c, next) => {
  await next();
  if (!c.req.raw.headers.has('dpop')) return;
  c.res.headers.set('dpop-nonce', (await c.var.services.dpopNonces()).current);
});

/** How long a nonce is handed out. It is accepted for as long again. */
const STEP = seconds(300);

const HMAC = { name: 'HMAC', hash: 'SHA-256', length: 256 };

export type NoncesAt = (now: Millis) => Promise<DpopNonces>;

/**
 * Makes the nonces that DPoP proofs must carry (RFC 9449 §8, §9). A nonce is an HMAC of the time step:
 * every isolate hands out the same one, and nothing is stored.
 *
 * @param secret - 32 random bytes. The key is derived from it for this purpose alone (RFC 5869).
 */
export async function importDpopNonces(secret: Uint8Array<ArrayBuffer>): Promise<NoncesAt> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = utf8('sallyport DPoP nonce v1');
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  const key = await crypto.subtle.deriveKey(derivation, root, HMAC, false, ['sign']);
  const nonceOf = async (step: number) =>
    toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(`${step}`))));
  let last: DpopNonces | undefined;
  return async (now) => {
    const validUntil = (Math.floor(now / STEP) + 1) * STEP;
    if (last?.validUntil === validUntil) return last;
    const step = validUntil / STEP - 1;
    const [current, previous] = await Promise.all([nonceOf(step), nonceOf(step - 1)]);
    last = { current, previous, validUntil };
    return last;
  };
}
