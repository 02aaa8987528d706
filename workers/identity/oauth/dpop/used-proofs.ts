import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';

/** As long as a nonce is accepted, and with it the proofs that carry it. */
const REMEMBERED_SECONDS = 600;

/**
 * Remembers a DPoP proof until it is too old to be accepted (RFC 9449 §11.1).
 *
 * @param proofId SHA-256, base64url, of key thumbprint and `jti`.
 * @returns `false` if it was used before.
 * @throws {TtlStoreUnavailable} Refuse the proof then: nobody knows.
 */
export const useDpopProof = (store: TtlStore, proofId: string): Promise<boolean> =>
  store.putIfAbsent(`dpop:${proofId}`, '1', REMEMBERED_SECONDS);
