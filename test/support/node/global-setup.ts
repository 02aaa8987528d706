import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

import { migrate } from '../../../scripts/local/migrate.ts';
import { startNeonProxy } from '../../../scripts/local/neon-proxy.ts';
import { startPglite } from '../../../scripts/local/pglite.ts';
import { startRedis } from '../../../scripts/local/redis.ts';
import { buildAssets } from '../../../scripts/workers/build-assets.ts';
import { readWorkerFiles } from '../../../scripts/workers/worker-file.ts';
import { startPostgres } from './postgres.ts';

type Stop = () => Promise<void>;

/** Builds and starts the servers that all integration tests share (see `backends.ts`). */
export default async function setup(project: TestProject): Promise<Stop> {
  await staticAssets();
  const started = await Promise.allSettled([
    sharedPglite(project),
    postgres(project),
    redis(project),
  ]);
  const stop = async () => {
    for (const one of started) if (one.status === 'fulfilled') await one.value();
  };
  const failed = started.find((one) => one.status === 'rejected');
  if (failed === undefined) return stop;
  await stop();
  throw failed.reason;
}

async function staticAssets(): Promise<void> {
  for (const { assets } of await readWorkerFiles()) {
    if (assets !== undefined) await buildAssets(assets.directory);
  }
}

async function sharedPglite(project: TestProject): Promise<Stop> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sallyport-pglite-'));
  const database = await startPglite({ dataDir });
  await migrate(database.connectionString);
  const proxy = await startNeonProxy(database);
  project.provide('databaseUrl', database.connectionString);
  project.provide('databaseProxy', proxy.host);
  return async () => {
    await proxy.close();
    await database.close();
    await rm(dataDir, { recursive: true, force: true });
  };
}

async function postgres(project: TestProject): Promise<Stop> {
  const server = await startPostgres();
  project.provide('postgresUrl', server?.connectionString ?? null);
  return async () => server?.close();
}

async function redis(project: TestProject): Promise<Stop> {
  const server = await startRedis();
  project.provide('redisSocket', server?.path ?? null);
  return async () => server?.close();
}
