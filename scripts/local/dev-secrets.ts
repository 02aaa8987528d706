import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const key = () => randomBytes(32).toString('base64url');

const devSecrets = z.object({
  KEY_ENCRYPTION_KEY: z.string().default(key),
  REFRESH_SEALING_KEY: z.string().default(key),
  PAIRWISE_SUBJECT_KEY: z.string().default(key),
  SERVICE_GUID_SALT: z.string().default(key),
  SALLYPORT_ADMIN_PASSWORD: z.string().default(() => randomBytes(12).toString('base64url')),
});

/** Keys of 32 random bytes in base64url, and the password of the first administrator. */
export type DevSecrets = z.infer<typeof devSecrets>;

/**
 * Reads the secrets of the instance in `dataDir`, or makes them at the first call, in a file that only
 * its owner can read.
 *
 * @throws {Error} If this function cannot read the file. It does not replace it, because without its
 *   keys the stored signing keys and every refresh token would be lost.
 */
export async function readSecrets(dataDir: string): Promise<DevSecrets> {
  const path = join(dataDir, 'dev-secrets.json');
  const stored = await readFile(path, 'utf8').catch(() => '{}');
  const secrets = parse(path, stored);
  const text = `${JSON.stringify(secrets, undefined, 2)}\n`;
  if (text !== stored) await writeFile(path, text, { mode: 0o600 });
  return secrets;
}

function parse(path: string, text: string): DevSecrets {
  try {
    return devSecrets.parse(JSON.parse(text));
  } catch {
    throw new Error(`Cannot read ${path}: restore it, or remove the whole folder to begin anew`);
  }
}
