/**
 * Moves access tokens through time, as `aged-folder.ts` moves the folder: what they say is said of a
 * later moment, and signed with the same key. The key is opened as the version that wrapped it would.
 *
 * @module
 */

import { createDecipheriv, createPrivateKey, type KeyObject } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose';

const MOMENTS = ['iat', 'nbf', 'exp', 'auth_time'] as const;

/**
 * Moves every access token in a text.
 *
 * One whose key was replaced stays as it is: nobody can sign with that key any more.
 */
export async function ageTokens(dataDir: string, text: string, bySeconds: number): Promise<string> {
  const tokens = [...new Set(text.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g))];
  const aged = await Promise.all(
    tokens.map(async (token) => [token, await ageToken(dataDir, token, bySeconds)] as const),
  );
  return aged.reduce((moved, [token, later]) => moved.replaceAll(token, later), text);
}

async function ageToken(dataDir: string, token: string, bySeconds: number): Promise<string> {
  const { kid = '', alg = '', typ = '' } = decodeProtectedHeader(token);
  const key = typ === 'at+jwt' ? keyOf(dataDir, kid, alg) : undefined;
  if (key === undefined) return token;
  const claims: JWTPayload & { auth_time?: number } = decodeJwt(token);
  for (const name of MOMENTS) {
    const moment = claims[name];
    if (moment !== undefined) claims[name] = moment + bySeconds;
  }
  return new SignJWT(claims).setProtectedHeader({ alg, typ, kid }).sign(key);
}

function keyOf(dataDir: string, kid: string, alg: string): KeyObject | undefined {
  const wrapped = wrappedKey(dataDir, kid);
  if (wrapped === undefined) return undefined;
  const ring = alg === 'ES256' ? 'ring:tokens' : `ring:tokens:${alg}`;
  const place = JSON.stringify(['sallyport key', 1, ring, kid, alg]);
  const iv = wrapped.subarray(1, 13);
  const cipher = createDecipheriv('aes-256-gcm', keyEncryptionKey(dataDir), iv);
  cipher.setAAD(Buffer.from(place));
  cipher.setAuthTag(wrapped.subarray(-16));
  const key = Buffer.concat([cipher.update(wrapped.subarray(13, -16)), cipher.final()]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function keyEncryptionKey(dataDir: string): Buffer {
  const text = readFileSync(join(dataDir, 'dev-secrets.json'), 'utf8');
  const { KEY_ENCRYPTION_KEY } = JSON.parse(text) as { KEY_ENCRYPTION_KEY: string };
  return Buffer.from(KEY_ENCRYPTION_KEY, 'base64url');
}

/** `version (1) ‖ IV (12) ‖ ciphertext and tag (16)`. */
function wrappedKey(dataDir: string, kid: string): Uint8Array | undefined {
  const rings = globSync(`${dataDir}/objects/*/*-KeyRingObject/*.sqlite`);
  return rings.map((path) => findKey(path, kid)).find((key) => key !== undefined);
}

function findKey(path: string, kid: string): Uint8Array | undefined {
  const database = new DatabaseSync(path);
  try {
    const hasKeys = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'keys'").get();
    if (hasKeys === undefined) return undefined;
    const row = database.prepare('SELECT wrapped_key FROM keys WHERE kid = ?').get(kid);
    const key = row?.['wrapped_key'];
    return key instanceof Uint8Array ? key : undefined;
  } finally {
    database.close();
  }
}
