import { aProof, type Prover, proofClaims, proofHeader } from '../dpop-forge.ts';
import { send } from './oauth-requests.ts';
import { issuer } from './provider.ts';

export const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

/** Gets a valid nonce, which every answer to a proof contains, even to an invalid one. */
export async function currentNonce(): Promise<string> {
  const { headers } = await send('/oauth2/token', { method: 'POST', headers: { dpop: 'x' } });
  return headers.get('dpop-nonce') ?? '';
}

export type ProofRequest = {
  readonly method?: string;
  readonly path: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
};

/** A proof for a request to this issuer. It is valid unless `claims` or `header` change it. */
export async function proofFor(prover: Prover, request: ProofRequest): Promise<string> {
  const { method = 'POST', path, claims = {}, header = {} } = request;
  const jti = crypto.randomUUID();
  const made = { jti, iat: nowSeconds(), nonce: await currentNonce(), ...claims };
  return aProof(prover, proofClaims(method, issuer() + path, made), {
    ...proofHeader(prover),
    ...header,
  });
}

/** The header of a token request with a valid proof. */
export const tokenProof = async (
  prover: Prover,
  claims?: Readonly<Record<string, unknown>>,
): Promise<{ dpop: string }> => ({
  dpop: await proofFor(prover, { path: '/oauth2/token', ...(claims && { claims }) }),
});
