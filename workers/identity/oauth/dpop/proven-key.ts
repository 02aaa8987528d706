import type { DpopNonces } from '../../../../shared/contracts/identity/identity-rpc.ts';
import { type DpopProof, proofId, verifyDpopProof } from '../../../../shared/oauth/dpop-proof.ts';
import type { Services } from '../../context.ts';
import { endpointUrl } from '../endpoints.ts';
import { OAuthError } from '../oauth-error.ts';
import { useDpopProof } from './used-proofs.ts';

export type DpopServices = Pick<Services, 'config' | 'clock' | 'ttlStore' | 'dpopNonces'>;

/**
 * The key that the sender of a POST proved to hold (RFC 9449 §5). The proof is used up.
 *
 * @param endpoint - The path, such as `/oauth2/token`.
 * @returns Its thumbprint; `null` if the request carries no proof.
 * @throws {OAuthError} `invalid_dpop_proof`, or `use_dpop_nonce` for a proof without a nonce that is
 *   ours and fresh: whoever answers must send one along.
 * @throws {TtlStoreUnavailable} If nobody knows whether the proof was used before.
 */
export async function provenKey(
  headers: Headers,
  endpoint: string,
  services: DpopServices,
): Promise<string | null> {
  const proof = headers.get('dpop');
  if (proof === null) return null;
  const { config, clock, ttlStore } = services;
  const url = endpointUrl(config.issuer, endpoint);
  const verified = await verifyDpopProof({ proof, method: 'POST', url, now: clock() });
  if (!verified.ok) throw invalidProof(verified.error.reason);
  await checkNonce(verified.value, services);
  const isFirst = await useDpopProof(ttlStore(), await proofId(verified.value));
  if (!isFirst) throw invalidProof('replayed');
  return verified.value.jkt;
}

/** RFC 9449 §8. Where no nonce is required, a wrong one is still wrong. */
async function checkNonce({ nonce }: DpopProof, services: DpopServices): Promise<void> {
  const isRequired = services.config.oauth.dpopNonce === 'required';
  if (nonce === undefined && !isRequired) return;
  if (!isFresh(nonce, await services.dpopNonces())) {
    throw new OAuthError('use_dpop_nonce', 'The DPoP proof must carry the nonce in DPoP-Nonce');
  }
}

const isFresh = (nonce: string | undefined, { current, previous }: DpopNonces): boolean =>
  nonce === current || nonce === previous;

const invalidProof = (reason: string): OAuthError =>
  new OAuthError('invalid_dpop_proof', `The DPoP proof is refused (${reason})`);
