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

/** 32 random bytes each, base64url; and the password of the first administrator. */
export type DevSecrets = z.infer<typeof devSecrets>;

/**
 * The secrets of the instance in `dataDir`, made at the first call and kept for its owner alone.
 *
 * @throws {Error} If the file is not what this function wrote. It is never replaced: without its
 *   keys the stored signing keys and every refresh token would be lost.
 */
export async function keptSecrets(dataDir: string): Promise<DevSecrets> {
  const path = join(dataDir, 'dev-secrets.json');
  const kept = await readFile(path, 'utf8').catch(() => '{}');
  const secrets = parse(path, kept);
  const text = `${JSON.stringify(secrets, undefined, 2)}\n`;
  if (text !== kept) await writeFile(path, text, { mode: 0o600 });
  return secrets;
}

function parse(path: string, text: string): DevSecrets {
  try {
    return devSecrets.parse(JSON.parse(text));
  } catch {
    throw new Error(`Cannot read ${path}: restore it, or remove the whole folder to begin anew`);
  }
}
