/** Makes valid and invalid DPoP proofs, without code of the verifier. */
import { type Bytes, toBase64Url, utf8 } from '../../shared/bytes.ts';
import type { JwsAlgorithm } from '../../shared/tokens/algorithms.ts';
import { jwkThumbprint } from '../../shared/tokens/jwk-thumbprint.ts';
import { aSigner, forge, NOW_SECONDS, type Signer } from './jws-forge.ts';

/** A client's proof key. */
export type Prover = {
  readonly signer: Signer;
  /** The public key in the form of a proof's header. */
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly jkt: string;
};

export async function aProver(alg: JwsAlgorithm = 'ES256', modulusLength = 2_048): Promise<Prover> {
  const signer = await aSigner(alg, 'unused', modulusLength);
  const { kid: _, alg: __, use: ___, ...jwk } = signer.jwk;
  return { signer, jwk, jkt: (await jwkThumbprint(jwk)) ?? '' };
}

let count = 0;

/** The claims of a proof at `NOW`, with a new `jti`. */
export const proofClaims = (method: string, url: string, claims: object = {}) => ({
  jti: `proof-${(count += 1)}`,
  htm: method,
  htu: url,
  iat: NOW_SECONDS,
  ...claims,
});

export const proofHeader = ({ signer, jwk }: Prover) => ({ typ: 'dpop+jwt', alg: signer.alg, jwk });

export const aProof = (
  prover: Prover,
  claims: object | string,
  header: object | string = proofHeader(prover),
): Promise<string> => forge(prover.signer, header, claims);

export async function ath(accessToken: string): Promise<string> {
  const bytes: Bytes = utf8(accessToken);
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
