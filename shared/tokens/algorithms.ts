/**
 * The signature algorithms that are accepted.
 *
 * There is no `none` and no HMAC, so that a public key can never be used as a secret.
 *
 * @see [RFC 7518 §3](https://www.rfc-editor.org/rfc/rfc7518#section-3)
 * @see [RFC 8037 §3.1](https://www.rfc-editor.org/rfc/rfc8037#section-3.1), RFC 9864 §2.2 (`Ed25519`)
 * @module
 */

/** What WebCrypto needs to import a key and to verify with it. */
type Parameters = {
  readonly name: string;
  readonly namedCurve?: string;
  readonly hash?: string;
  readonly saltLength?: number;
};

type EllipticCurve = {
  readonly kty: 'EC' | 'OKP';
  readonly crv: string;
  readonly parameters: Parameters;
  /** The length of raw `R || S` (RFC 7518 §3.4). */
  readonly signatureLength: number;
};

type Rsa = {
  readonly kty: 'RSA';
  readonly parameters: Parameters;
};

const ecdsa = (crv: string, hash: string, signatureLength: number): EllipticCurve => ({
  kty: 'EC',
  crv,
  parameters: { name: 'ECDSA', namedCurve: crv, hash },
  signatureLength,
});

const pkcs1 = (hash: string): Rsa => ({
  kty: 'RSA',
  parameters: { name: 'RSASSA-PKCS1-v1_5', hash },
});

/** The salt is as long as the hash (RFC 7518 §3.5). */
const pss = (hash: string, saltLength: number): Rsa => ({
  kty: 'RSA',
  parameters: { name: 'RSA-PSS', hash, saltLength },
});

const ed25519: EllipticCurve = {
  kty: 'OKP',
  crv: 'Ed25519',
  parameters: { name: 'Ed25519' },
  signatureLength: 64,
};

const ALGORITHMS = {
  ES256: ecdsa('P-256', 'SHA-256', 64),
  ES384: ecdsa('P-384', 'SHA-384', 96),
  ES512: ecdsa('P-521', 'SHA-512', 132),
  EdDSA: ed25519,
  Ed25519: ed25519,
  RS256: pkcs1('SHA-256'),
  RS384: pkcs1('SHA-384'),
  RS512: pkcs1('SHA-512'),
  PS256: pss('SHA-256', 32),
  PS384: pss('SHA-384', 48),
  PS512: pss('SHA-512', 64),
} as const satisfies Record<string, EllipticCurve | Rsa>;

export type JwsAlgorithm = keyof typeof ALGORITHMS;

export type AlgorithmDetails = EllipticCurve | Rsa;

export const JWS_ALGORITHMS: readonly string[] = Object.keys(ALGORITHMS);

/** Whether `name` is an algorithm that this module understands. */
export function isJwsAlgorithm(name: unknown): name is JwsAlgorithm {
  return typeof name === 'string' && Object.hasOwn(ALGORITHMS, name);
}

export const algorithmDetails = (name: JwsAlgorithm): AlgorithmDetails => ALGORITHMS[name];
