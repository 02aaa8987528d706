/**
 * Reads and changes the Cloudflare account by wrangler.
 *
 * @module
 */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DIST } from '../workers/build-workers.ts';
import type { WorkerFile } from '../workers/worker-file.ts';
import { type WranglerOutcome, wrangler } from '../workers/wrangler.ts';

/** The messages of wrangler and the codes of Cloudflare for a script that does not exist. */
const NOT_FOUND = /Worker "[^"]*" not found|code: 100(?:07|90|92)\b/i;

/**
 * Finds the Workers that exist in the account, with the names of their secrets.
 *
 * @throws {Error} If Cloudflare does not answer, or refuses the credentials.
 */
export async function remoteSecrets(
  workers: readonly WorkerFile[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const found = await Promise.all(
    workers.map(async ({ name }) => [name, await secretsAt(name)] as const),
  );
  return new Map(found.flatMap(([name, secrets]) => (secrets ? [[name, secrets]] : [])));
}

/** Returns `undefined` if there is no such Worker. */
async function secretsAt(name: string): Promise<ReadonlySet<string> | undefined> {
  const outcome = await wrangler(['secret', 'list', '--name', name, '--format', 'json']);
  if (outcome.succeeded) return secretNames(outcome.stdout);
  if (NOT_FOUND.test(outcome.stderr + outcome.stdout)) return undefined;
  throw new Error(`Cannot ask Cloudflare about ${name}:\n${outputOf(outcome)}`);
}

/** The message of wrangler for a queue that does not exist. */
const NO_QUEUE = /Queue "[^"]*" does not exist/;

/**
 * Creates a queue, unless it exists.
 *
 * @returns Whether it was created.
 * @throws {Error} With wrangler's output.
 */
export async function ensureQueue(name: string): Promise<boolean> {
  const info = await wrangler(['queues', 'info', name]);
  if (info.succeeded) return false;
  if (!NO_QUEUE.test(info.stderr + info.stdout)) {
    throw new Error(`Cannot ask Cloudflare about the queue ${name}:\n${outputOf(info)}`);
  }
  const created = await wrangler(['queues', 'create', name]);
  if (created.succeeded) return true;
  throw new Error(`Cannot create the queue ${name}:\n${outputOf(created)}`);
}

export type Upload = {
  readonly worker: WorkerFile;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
};

/**
 * Builds and deploys one Worker with its secrets.
 *
 * @returns wrangler's output, which has the version and the address.
 * @throws {Error} With wrangler's output.
 */
export async function uploadWorker({ worker, config, secrets }: Upload): Promise<string> {
  const folder = join(DIST, 'deploy');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const configFile = join(folder, `${worker.name}.json`);
  const secretsFile = join(folder, `${worker.name}.secrets.json`);
  await writeFile(configFile, JSON.stringify(config, undefined, 2));
  try {
    await writeFile(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
    const hasSecrets = Object.keys(secrets).length > 0;
    const outcome = await wrangler([
      'deploy',
      '--minify',
      '--config',
      configFile,
      ...(hasSecrets ? ['--secrets-file', secretsFile] : []),
    ]);
    if (!outcome.succeeded) throw new Error(`Cannot deploy ${worker.name}:\n${outputOf(outcome)}`);
    return outcome.stdout;
  } finally {
    await rm(secretsFile, { force: true });
  }
}

function secretNames(json: string): ReadonlySet<string> {
  const parsed: unknown = JSON.parse(json.slice(Math.max(json.indexOf('['), 0)));
  const names = Array.isArray(parsed)
    ? parsed.map((secret: { name?: unknown }) => secret.name)
    : [];
  return new Set(names.filter((name) => typeof name === 'string'));
}

const outputOf = ({ stdout, stderr }: WranglerOutcome): string => (stderr || stdout).trim();
