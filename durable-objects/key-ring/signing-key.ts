import * as z from 'zod';

import { type Bytes, sha256, toBase64Url, utf8 } from '../../shared/bytes.ts';
import type { PublicJwk } from '../../shared/contracts/keys-rpc.ts';
import type { FreshKey } from './key-ring.ts';
import { wrapPrivateKey } from './key-wrap.ts';

/** RFC 7518 §3.4. */
const ES256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

const Point = z.object({ x: z.string(), y: z.string() });
type Point = z.infer<typeof Point>;

/** Makes an ES256 key for the ring `namespace`. The private key leaves this function wrapped only. */
export async function generateSigningKey(
  keyEncryptionKey: Bytes,
  namespace: string,
): Promise<FreshKey> {
  const pair = await crypto.subtle.generateKey(ES256, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('Cannot generate key: no pair was made');

  const publicJwk = await toPublicJwk(pair.publicKey);
  const place = { namespace, kid: publicJwk.kid, alg: publicJwk.alg };
  const wrapped = await wrapPrivateKey(keyEncryptionKey, place, pair.privateKey);
  return { kid: publicJwk.kid, alg: publicJwk.alg, publicJwk, wrapped };
}

/** Takes the named members only, so nothing private can slip through. */
async function toPublicJwk(publicKey: CryptoKey): Promise<PublicJwk> {
  const { x, y } = Point.parse(await crypto.subtle.exportKey('jwk', publicKey));
  const kid = await thumbprint({ x, y });
  return { kty: 'EC', crv: 'P-256', x, y, kid, use: 'sig', alg: 'ES256' };
}

/** RFC 7638 §3: the hash of the required members, in lexicographic order, without white space. */
async function thumbprint({ x, y }: Point): Promise<string> {
  return toBase64Url(await sha256(utf8(JSON.stringify({ crv: 'P-256', kty: 'EC', x, y }))));
}
