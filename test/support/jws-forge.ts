/** Makes valid and invalid tokens with WebCrypto only, without code of the verifier. */
import { type Bytes, toBase64Url, utf8 } from '../../shared/bytes.ts';
import { algorithmDetails, type JwsAlgorithm } from '../../shared/tokens/algorithms.ts';

export const ISSUER = 'https://id.example.test';

/** The time that tests use, in milliseconds. */
export const NOW = 1_795_000_000_000;
export const NOW_SECONDS = NOW / 1_000;

export type Signer = {
  readonly alg: JwsAlgorithm;
  readonly kid: string;
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly privateKey: CryptoKey;
};

/** Makes a key pair. `modulusLength` applies to RSA only. */
export async function aSigner(
  alg: JwsAlgorithm,
  kid = `kid-${alg}`,
  modulusLength = 2_048,
): Promise<Signer> {
  const { parameters, kty } = algorithmDetails(alg);
  const rsa = kty === 'RSA' ? { modulusLength, publicExponent: new Uint8Array([1, 0, 1]) } : {};
  const pair = (await crypto.subtle.generateKey({ ...parameters, ...rsa }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const {
    ext: _,
    key_ops: __,
    ...jwk
  } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey & { ext?: boolean };
  return { alg, kid, jwk: { ...jwk, kid, alg, use: 'sig' }, privateKey: pair.privateKey };
}

export const jwkSet = (...signers: readonly Signer[]) => ({ keys: signers.map(({ jwk }) => jwk) });

export const goodClaims = {
  iss: ISSUER,
  sub: '0f8fad5b-d9cb-469f-a165-70867728950e',
  aud: ISSUER,
  exp: NOW_SECONDS + 900,
  iat: NOW_SECONDS,
  nbf: NOW_SECONDS,
  jti: 'abcdefghijklmnopqrstuvwxyz',
  client_id: 'sallyport',
  scope: 'openid profile',
  sid: 'ses_abcdefghijklmnopqrstuvwxyz',
  roles: ['user'],
  auth_time: NOW_SECONDS,
  amr: ['pwd'],
  acr: '1',
} as const;

export const goodHeader = ({ alg, kid }: Signer) => ({ alg, kid, typ: 'at+jwt' });

type Json = string | object;
const text = (json: Json): string => (typeof json === 'string' ? json : JSON.stringify(json));
export const segment = (json: Json): string => toBase64Url(utf8(text(json)));

/** Signs any header and payload, as text or as an object, without a check. */
export async function forge(signer: Signer, header: Json, payload: Json): Promise<string> {
  return forgeBytes(signer, header, utf8(text(payload)));
}

export async function forgeBytes(signer: Signer, header: Json, payload: Bytes): Promise<string> {
  const input = `${segment(header)}.${toBase64Url(payload)}`;
  const { parameters } = algorithmDetails(signer.alg);
  const signature = await crypto.subtle.sign(parameters, signer.privateKey, utf8(input));
  return `${input}.${toBase64Url(new Uint8Array(signature))}`;
}

/** An access token as `identity` issues it, with some claims replaced. */
export const anAccessToken = (signer: Signer, claims: object = {}): Promise<string> =>
  forge(signer, goodHeader(signer), { ...goodClaims, ...claims });
