/**
 * What `npm run deploy` does, and its dry run.
 *
 * @module
 */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { migrate } from '../local/migrate.ts';
import { type BuiltWorker, buildWorkers, bundleBytes } from '../workers/build-workers.ts';
import { queuesOf, type WorkerFile } from '../workers/worker-file.ts';
import { ensureQueue, remoteSecrets, uploadWorker } from './cloudflare.ts';
import { type DeployStep, deployConfig, deployPlan } from './plan.ts';
import { report, type Size } from './report.ts';
import { missingSecrets, secretsOf } from './settings.ts';

type Settings = Readonly<Record<string, string>>;

export type Deployment = {
  readonly workers: readonly WorkerFile[];
  readonly settings: Settings;
  /** `undefined` if it is not set. */
  readonly issuer: string | undefined;
  /** Judges the settings, of which secrets may be elsewhere. */
  readonly check: (elsewhere: (worker: WorkerFile) => readonly string[]) => Settings;
};

export type DeployOptions = {
  /** Whether to ask for confirmation before the first change. */
  readonly asks: boolean;
  readonly migrates: boolean;
  /** Whether to wait until the deployment answers. */
  readonly checks: boolean;
};

/**
 * Migrates the database and deploys every Worker, the callees first.
 *
 * @throws {Error} Before anything is changed, if a setting is missing.
 */
export async function deploy(deployment: Deployment, options: DeployOptions): Promise<void> {
  const { workers, settings, issuer } = deployment;
  if (issuer === undefined) {
    throw new Error('Cannot deploy: ISSUER is not set. "npm run deploy -- --init" begins a file.');
  }
  const remote = await remoteSecrets(workers);
  refuseMissing(workers, settings, remote);
  deployment.check(({ name }) => [...(remote.get(name) ?? [])]);
  const databaseUrl = settings['DATABASE_URL'];
  if (databaseUrl === undefined && options.migrates) {
    throw new Error('Cannot migrate: DATABASE_URL is not set here. See --skip-migrations.');
  }
  const steps = deployPlan(workers, new Set(remote.keys()));
  console.log(`${report({ steps, settings, issuer, sizes: await sizes(), remote })}\n`);
  if (options.asks) await confirm(`Deploy ${workers.length} Workers as ${issuer}?`);

  if (databaseUrl !== undefined && options.migrates) {
    const applied = await migrate(databaseUrl);
    console.log(`✔ migrations: ${applied.length === 0 ? 'nothing to do' : applied.join(', ')}`);
  }
  for (const step of steps) await deployStep(step, { ...deployment, issuer });
  if (options.checks) await reportHealth(issuer);
}

/** Reports what a deploy would do, without the network. */
export async function dryRun(deployment: Deployment): Promise<void> {
  const { workers, settings, issuer } = deployment;
  const steps = deployPlan(workers, new Set());
  console.log('What "npm run deploy" does on an empty account:\n');
  console.log(`  0. Migrations on DATABASE_URL${settings['DATABASE_URL'] ? '' : ' (not set)'}\n`);
  console.log(report({ steps, settings, issuer, sizes: await sizes(), remote: new Map() }));
  const missing = workers.flatMap((worker) => missingSecrets(worker, settings));
  console.log(`\nLater deploys: ${orderOf(deployPlan(workers, new Set(workers.map(nameOf))))}.`);
  if (issuer === undefined) console.log('ISSUER is not set: https://id.example.com is an example.');
  if (missing.length > 0) {
    console.log(
      `Neither in the environment nor in .env.production: ${missing.join(', ')}. A dry run does ` +
        'not ask Cloudflare, where they may be set already.',
    );
  }
}

function refuseMissing(
  workers: readonly WorkerFile[],
  settings: Settings,
  remote: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  const missing = workers.flatMap((worker) =>
    missingSecrets(worker, settings, remote.get(worker.name)).map(
      (name) => `${name} (${worker.name})`,
    ),
  );
  if (missing.length === 0) return;
  throw new Error(`Cannot deploy: ${missing.join(', ')} set neither here nor at Cloudflare`);
}

async function deployStep(step: DeployStep, { settings, issuer }: Deployment): Promise<void> {
  const { worker } = step;
  for (const queue of queuesOf(worker)) {
    if (await ensureQueue(queue)) console.log(`✔ queue ${queue}`);
  }
  const output = await uploadWorker({
    worker,
    config: deployConfig(step, settings, issuer),
    secrets: secretsOf(worker, settings),
  });
  const version = /Version ID: (\S+)/.exec(output)?.[1] ?? '';
  console.log(`✔ ${worker.name} ${version}`);
}

async function sizes(): Promise<ReadonlyMap<string, Size>> {
  return new Map(await Promise.all((await buildWorkers()).map(sizeOf)));
}

async function sizeOf(worker: BuiltWorker): Promise<[string, Size]> {
  const bytes = await bundleBytes(worker);
  const assets = await assetSizes(worker.file);
  return [worker.file.name, { raw: bytes.length, gzipped: gzipSync(bytes).length, assets }];
}

async function assetSizes({ assets }: WorkerFile): Promise<Readonly<Record<string, number>>> {
  if (assets === undefined) return {};
  const names = await readdir(assets.directory);
  const files = names.map((name) => stat(join(assets.directory, name)));
  const sizes = (await Promise.all(files)).map(({ size }) => size);
  return Object.fromEntries(names.map((name, index) => [name, sizes[index] ?? 0]));
}

async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Error('Cannot ask for confirmation without a terminal: say --yes to deploy');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `);
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new Error('Nothing was deployed');
}

const nameOf = ({ name }: WorkerFile): string => name;
const orderOf = (steps: readonly DeployStep[]): string =>
  steps.map(({ worker }) => worker.name).join(' → ');

const HEALTH_TIMEOUT_MS = 60_000;

/**
 * Reports whether the deployment answers. It is not a failure if it does not yet, because a new custom
 * domain waits for its certificate.
 */
async function reportHealth(issuer: string): Promise<void> {
  const deadline = Date.now() + HEALTH_TIMEOUT_MS;
  const isUp = () =>
    fetch(new URL('/health', issuer), { signal: AbortSignal.timeout(10_000) }).then(
      (response) => response.ok,
      () => false,
    );
  let up = await isUp();
  while (!up && Date.now() < deadline) {
    await sleep(2_000);
    up = await isUp();
  }
  console.log(
    up
      ? `✔ ${issuer}/health is up. First deploy? npm run admin:create -- --email you@example.com`
      : `${issuer}/health does not answer yet. A new domain may need some minutes: check again later.`,
  );
}
