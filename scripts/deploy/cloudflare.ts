/**
 * The account, through wrangler.
 *
 * @module
 */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { DIST } from '../workers/build-workers.ts';
import type { WorkerFile } from '../workers/worker-file.ts';
import { type WranglerOutcome, wrangler } from '../workers/wrangler.ts';

/** wrangler's words, and Cloudflare's codes, for a script that the account does not have. */
const NOT_FOUND = /Worker "[^"]*" not found|code: 100(?:07|90|92)\b/i;

/**
 * The Workers that the account has, each with the names of its secrets.
 *
 * @throws {Error} If Cloudflare does not answer, or not to these credentials.
 */
export async function remoteSecrets(
  workers: readonly WorkerFile[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const known = await Promise.all(
    workers.map(async ({ name }) => [name, await secretsAt(name)] as const),
  );
  return new Map(known.flatMap(([name, secrets]) => (secrets ? [[name, secrets]] : [])));
}

/** `undefined`: there is no such Worker. */
async function secretsAt(name: string): Promise<ReadonlySet<string> | undefined> {
  const outcome = await wrangler(['secret', 'list', '--name', name, '--format', 'json']);
  if (outcome.succeeded) return secretNames(outcome.stdout);
  if (NOT_FOUND.test(outcome.stderr + outcome.stdout)) return undefined;
  throw new Error(`Cannot ask Cloudflare about ${name}:\n${wordsOf(outcome)}`);
}

/** wrangler's words for a queue that the account does not have. */
const NO_QUEUE = /Queue "[^"]*" does not exist/;

/**
 * Creates a queue, unless the account has it.
 *
 * @returns Whether it was created.
 * @throws {Error} With wrangler's words.
 */
export async function ensureQueue(name: string): Promise<boolean> {
  const known = await wrangler(['queues', 'info', name]);
  if (known.succeeded) return false;
  if (!NO_QUEUE.test(known.stderr + known.stdout)) {
    throw new Error(`Cannot ask Cloudflare about the queue ${name}:\n${wordsOf(known)}`);
  }
  const created = await wrangler(['queues', 'create', name]);
  if (created.succeeded) return true;
  throw new Error(`Cannot create the queue ${name}:\n${wordsOf(created)}`);
}

export type Upload = {
  readonly worker: WorkerFile;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
};

/**
 * Builds and deploys one Worker with its secrets.
 *
 * @returns wrangler's words: version and address.
 * @throws {Error} With wrangler's words.
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
    if (!outcome.succeeded) throw new Error(`Cannot deploy ${worker.name}:\n${wordsOf(outcome)}`);
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

const wordsOf = ({ stdout, stderr }: WranglerOutcome): string => (stderr || stdout).trim();
