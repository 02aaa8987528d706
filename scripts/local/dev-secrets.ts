import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

import { hasSealedData } from './data-folder.ts';

const KEYS = [
  'KEY_ENCRYPTION_KEY',
  'REFRESH_SEALING_KEY',
  'PAIRWISE_SUBJECT_KEY',
  'SERVICE_GUID_SALT',
] as const;

/** The keys with another value than which the data of a folder cannot be read, or means something else. */
const FIXED = ['KEY_ENCRYPTION_KEY', 'PAIRWISE_SUBJECT_KEY'] as const;

const devSecrets = z.object({
  KEY_ENCRYPTION_KEY: z.string(),
  REFRESH_SEALING_KEY: z.string(),
  PAIRWISE_SUBJECT_KEY: z.string(),
  SERVICE_GUID_SALT: z.string(),
  SALLYPORT_ADMIN_PASSWORD: z.string(),
});
const storedSecrets = devSecrets.partial();

/** Keys of 32 random bytes in base64url, and the password of the first administrator. */
export type DevSecrets = z.infer<typeof devSecrets>;

type StoredSecrets = z.infer<typeof storedSecrets>;

type Environment = Readonly<Record<string, string | undefined>>;

/** The secrets that are made where nobody sets them. */
export const GENERATED: readonly string[] = KEYS;

/**
 * Reads the secrets of the instance in `dataDir`, or makes them at the first call, in a file that only
 * its owner can read. The environment may set the keys: the first time they are stored, and later
 * they count for as long as they are set.
 *
 * @throws {Error} If the file is damaged, or is gone while there is data that its keys sealed. This
 *   function does not replace it, because then that data would be lost.
 */
export async function readSecrets(
  dataDir: string,
  environment: Environment = {},
): Promise<DevSecrets> {
  const path = join(dataDir, 'dev-secrets.json');
  const text = await readIfPresent(path);
  const stored = text === undefined ? {} : parse(path, text);
  const given = Object.fromEntries(
    KEYS.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]])),
  );
  refuseLost(
    { path, absent: KEYS.filter((name) => !(name in stored) && !(name in given)) },
    {
      isSealed: await hasSealedData(dataDir),
      isPresent: text !== undefined,
    },
  );
  refuseOther(path, stored, given);
  const complete = devSecrets.parse({ ...generated(), ...given, ...stored });
  if (Object.keys(stored).length < Object.keys(complete).length) await write(path, complete);
  return { ...complete, ...given };
}

/** `undefined` if there is no such file. Any other failure is one. */
async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(path: string, text: string): StoredSecrets {
  try {
    return storedSecrets.parse(JSON.parse(text));
  } catch {
    throw new Error(
      `Cannot read ${path}: it is damaged. Restore it from a copy, or set DATA_DIR to another folder to begin anew.`,
    );
  }
}

function refuseLost(
  { path, absent }: { readonly path: string; readonly absent: readonly string[] },
  { isSealed, isPresent }: { readonly isSealed: boolean; readonly isPresent: boolean },
): void {
  if (!isSealed || absent.length === 0) return;
  const what = isPresent ? `${path} lacks ${absent.join(', ')}` : `${path} is gone`;
  throw new Error(
    `${what}, but there is data that was sealed with it. Restore the file from a copy, or set ` +
      `${absent.join(', ')} in the environment, or set DATA_DIR to another folder to begin anew.`,
  );
}

function refuseOther(path: string, stored: StoredSecrets, given: Environment): void {
  for (const name of FIXED) {
    if (given[name] === undefined || stored[name] === undefined) continue;
    if (given[name] === stored[name]) continue;
    throw new Error(
      `${name} in the environment is another than in ${path}, with which the data there was sealed. ` +
        'Unset it, or set DATA_DIR to another folder.',
    );
  }
}

const key = () => randomBytes(32).toString('base64url');

const generated = (): DevSecrets => ({
  KEY_ENCRYPTION_KEY: key(),
  REFRESH_SEALING_KEY: key(),
  PAIRWISE_SUBJECT_KEY: key(),
  SERVICE_GUID_SALT: key(),
  SALLYPORT_ADMIN_PASSWORD: randomBytes(12).toString('base64url'),
});

/** Replaces the file at once, so that a full disk leaves the one before. */
async function write(path: string, secrets: DevSecrets): Promise<void> {
  const draft = `${path}.${process.pid}.draft`;
  try {
    await writeFile(draft, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
