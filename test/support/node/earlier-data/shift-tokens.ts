/**
 * Shifts the times in access tokens, as `shift-folder.ts` does in the folder, and signs them again with
 * the same key. The key is unwrapped as the version that wrapped it does.
 *
 * @module
 */

import { createDecipheriv, createPrivateKey, type KeyObject } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { decodeJwt, decodeProtectedHeader, type JWTPayload, SignJWT } from 'jose';

const TIMES = ['iat', 'nbf', 'exp', 'auth_time'] as const;

/**
 * Shifts every access token in a text.
 *
 * A token whose key was replaced is not changed, because that key cannot sign any more.
 */
export async function shiftTokens(
  dataDir: string,
  text: string,
  bySeconds: number,
): Promise<string> {
  const tokens = [...new Set(text.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g))];
  const shifted = await Promise.all(
    tokens.map(async (token) => [token, await shiftToken(dataDir, token, bySeconds)] as const),
  );
  return shifted.reduce((result, [token, later]) => result.replaceAll(token, later), text);
}

async function shiftToken(dataDir: string, token: string, bySeconds: number): Promise<string> {
  const { kid = '', alg = '', typ = '' } = decodeProtectedHeader(token);
  const key = typ === 'at+jwt' ? keyOf(dataDir, kid, alg) : undefined;
  if (key === undefined) return token;
  const claims: JWTPayload & { auth_time?: number } = decodeJwt(token);
  for (const name of TIMES) {
    const time = claims[name];
    if (time !== undefined) claims[name] = time + bySeconds;
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
