import { issuer } from './sallyport.mjs';

let keys = new Map();

/** The published keys. They are fetched again when a token has a new key, as after a rotation. */
async function keyOf(kid) {
  if (keys.has(kid)) return keys.get(kid);
  const response = await fetch(`${issuer}/.well-known/jwks.json`);
  const { keys: published } = await response.json();
  const ours = published.filter(({ alg }) => alg === 'ES256');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const imported = ours.map(async (jwk) => [
    jwk.kid,
    await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify']),
  ]);
  keys = new Map(await Promise.all(imported));
  return keys.get(kid);
}

const bytes = (text) => Buffer.from(text, 'base64url');
const json = (text) => JSON.parse(bytes(text).toString());

/**
 * Verifies the JWT that the hub sends with every call. Its `sub`, `sid`, `client_id`, `scope` and `roles`
 * are those of the user's session. Returns `undefined` if the call is not from Sallyport.
 */
export async function authenticate(authorization, audience) {
  const [header, payload, signature] = (authorization ?? '').replace('Bearer ', '').split('.');
  if (signature === undefined) return undefined;
  const { alg, typ, kid } = json(header);
  const key = alg === 'ES256' && typ === 'service+jwt' ? await keyOf(kid) : undefined;
  if (key === undefined) return undefined;
  const signed = Buffer.from(`${header}.${payload}`);
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  if (!(await crypto.subtle.verify(algorithm, key, bytes(signature), signed))) return undefined;
  const claims = json(payload);
  const isForUs = claims.iss === issuer && claims.aud === audience;
  return isForUs && Date.now() < claims.exp * 1_000 ? claims : undefined;
}
