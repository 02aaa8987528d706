import * as z from 'zod';

import { type Bytes, sha256, toBase64Url, utf8 } from '../../shared/bytes.ts';
import type { PublicJwk, SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import { algorithmDetails } from '../../shared/tokens/algorithms.ts';
import type { FreshKey } from './key-ring.ts';
import { wrapPrivateKey } from './key-wrap.ts';

/**
 * RFC 7518 §3.3 and §3.5 ask for 2048 bits or more. Keys live for months only, and 3072 bits would
 * make each signature three times as dear.
 */
const RSA = { modulusLength: 2_048, publicExponent: Uint8Array.of(1, 0, 1) };

/** The members that make a key what it is (RFC 7638 §3.2, RFC 8037 §2). None is private. */
const RequiredMembers = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('EC'), crv: z.string(), x: z.string(), y: z.string() }),
  z.object({ kty: z.literal('OKP'), crv: z.string(), x: z.string() }),
  z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() }),
]);

/** Makes a key for the ring of `alg`. The private key leaves this function wrapped only. */
export async function generateSigningKey(
  keyEncryptionKey: Bytes,
  alg: SigningAlgorithm,
): Promise<FreshKey> {
  const { kty, parameters } = algorithmDetails(alg);
  const algorithm = kty === 'RSA' ? { ...parameters, ...RSA } : parameters;
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('Cannot generate key: no pair was made');

  const publicJwk = await toPublicJwk(alg, pair.publicKey);
  const { kid } = publicJwk;
  const wrapped = await wrapPrivateKey(keyEncryptionKey, { alg, kid }, pair.privateKey);
  return { kid, alg, publicJwk, wrapped };
}

/** Takes the named members only, so nothing private can slip through. */
async function toPublicJwk(alg: SigningAlgorithm, publicKey: CryptoKey): Promise<PublicJwk> {
  const members = RequiredMembers.parse(await crypto.subtle.exportKey('jwk', publicKey));
  return { ...members, kid: await thumbprint(members), use: 'sig', alg };
}

/** RFC 7638 §3: the hash of the required members, in lexicographic order, without white space. */
async function thumbprint(members: z.infer<typeof RequiredMembers>): Promise<string> {
  const text = JSON.stringify(members, Object.keys(members).toSorted());
  return toBase64Url(await sha256(utf8(text)));
}
