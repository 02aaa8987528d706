import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ROOT } from '../workers/worker-file.ts';
import { parseEnvFile } from './settings.ts';

export const ENV_FILE = join(ROOT, '.env.production');

/** The operator's settings; empty where there is no such file. */
export async function readEnvFile(): Promise<Readonly<Record<string, string | undefined>>> {
  return parseEnvFile(await readFile(ENV_FILE, 'utf8').catch(() => ''));
}

const key = () => randomBytes(32).toString('base64url');

/**
 * Writes the file with fresh keys, for its owner alone.
 *
 * @throws {Error} If there is one: its keys may be in use.
 */
export async function createEnvFile(): Promise<void> {
  try {
    await writeFile(ENV_FILE, template(), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new Error(`Cannot create ${ENV_FILE}: there is one`, { cause: error });
  }
}

const template =
  (): string => `# Read by "npm run deploy". Keep it out of version control, and a copy in a safe place:
# whoever loses KEY_ENCRYPTION_KEY loses the signing keys, and with REFRESH_SEALING_KEY every session.

# Where people will reach it: https://id.your-domain.com, or https://sallyport-edge.<account>.workers.dev
ISSUER=

# Neon: the connection string of the project, with sslmode=require.
DATABASE_URL=

KEY_ENCRYPTION_KEY=${key()}
REFRESH_SEALING_KEY=${key()}
PAIRWISE_SUBJECT_KEY=${key()}
SERVICE_GUID_SALT=${key()}

# Any setting of docs/configuration.md may follow, such as CORS_ORIGINS.
`;
