/**
 * The operator's settings for all Workers, and the file `.env.production` that holds them.
 *
 * @module
 */

import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { UsageError } from '../command/run-command.ts';
import { secretNames } from '../settings/catalogue.ts';
import type { Environment } from '../settings/check-settings.ts';
import { PRODUCTION_FILE } from '../settings/sources.ts';
import type { WorkerFile } from '../workers/worker-file.ts';

/** Reads `NAME=value` arguments. */
export function parseVars(args: readonly string[]): Environment {
  return Object.fromEntries(
    args.map((arg) => {
      const at = arg.indexOf('=');
      if (at < 1) throw new UsageError('--var has no value: write --var NAME=value');
      return [arg.slice(0, at), arg.slice(at + 1)];
    }),
  );
}

/** The Worker's `[vars]` with the operator's values. */
export const varsOf = (worker: WorkerFile, settings: Environment): Record<string, string> =>
  Object.fromEntries(
    Object.entries(worker.vars).map(([name, value]) => [name, settings[name] ?? value]),
  );

/** The Worker's secrets that are set here. Others may be set at Cloudflare. */
export function secretsOf(worker: WorkerFile, settings: Environment): Record<string, string> {
  return Object.fromEntries(
    secretNames(worker).flatMap((name) => {
      const value = settings[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export const missingSecrets = (
  worker: WorkerFile,
  settings: Environment,
  remote: ReadonlySet<string> = new Set(),
): readonly string[] =>
  worker.secrets.required.filter((name) => settings[name] === undefined && !remote.has(name));

const PLACEHOLDER = 'https://id.example.com';

/** Returns `undefined` while the issuer is still the example of `wrangler.toml`. */
export function issuerOf(
  workers: readonly WorkerFile[],
  settings: Environment,
): string | undefined {
  const declared = workers.map((worker) => worker.vars['ISSUER']).find(Boolean);
  const issuer = settings['ISSUER'] ?? declared;
  return issuer === PLACEHOLDER ? undefined : issuer;
}

/**
 * The custom domain for the issuer; `undefined` if the issuer is at `*.workers.dev`, or `wrangler.toml`
 * has routes.
 */
export function customDomain(worker: WorkerFile, issuer: string | undefined): string | undefined {
  const isPublic = worker.workers_dev || worker.routes.length > 0;
  if (!isPublic || issuer === undefined || worker.routes.length > 0) return undefined;
  const { hostname } = new URL(issuer);
  return hostname.endsWith('.workers.dev') ? undefined : hostname;
}

/** Where {@link createEnvFile} writes. */
export const ENV_FILE = join(process.cwd(), PRODUCTION_FILE);

const key = () => randomBytes(32).toString('base64url');

/**
 * Writes the file with new keys. Only its owner can read it.
 *
 * @throws {Error} If the file exists, because its keys may be in use.
 */
export async function createEnvFile(): Promise<void> {
  try {
    await writeFile(ENV_FILE, template(), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw new Error(`${ENV_FILE} exists, and its keys may be in use. Nothing was changed.`, {
      cause: error,
    });
  }
}

const template =
  (): string => `# "npm run deploy" reads this file. Keep it out of version control, and keep a copy in a safe place:
# without KEY_ENCRYPTION_KEY the signing keys are lost, and without REFRESH_SEALING_KEY every session.

# The public address: https://id.your-domain.com, or https://sallyport-edge.<account>.workers.dev
ISSUER=

# Neon: the connection string of the project, with sslmode=require.
DATABASE_URL=

KEY_ENCRYPTION_KEY=${key()}
REFRESH_SEALING_KEY=${key()}
PAIRWISE_SUBJECT_KEY=${key()}
SERVICE_GUID_SALT=${key()}

# Any setting of docs/configuration.md may follow, such as CORS_ORIGINS.
`;
