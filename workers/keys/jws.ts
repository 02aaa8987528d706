import { toBase64Url, utf8 } from '../../shared/bytes.ts';
import type { SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import { algorithmDetails } from '../../shared/tokens/algorithms.ts';

/** A private key in memory. It signs and cannot be exported. */
export type SigningKey = {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly key: CryptoKey;
};

/**
 * Signs claims in the compact serialization.
 *
 * Does not judge the claims: what a token says is its issuer's business.
 *
 * @see [RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)
 */
export async function signCompact(
  { kid, alg, key }: SigningKey,
  typ: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const input = `${encodeJson({ alg, typ, kid })}.${encodeJson(claims)}`;
  // WebCrypto's ECDSA signature is R ‖ S, which is what RFC 7518 §3.4 asks for.
  const { parameters } = algorithmDetails(alg);
  const signature = await crypto.subtle.sign(parameters, key, utf8(input));
  return `${input}.${toBase64Url(new Uint8Array(signature))}`;
}

const encodeJson = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
