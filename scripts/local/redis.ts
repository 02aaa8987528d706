/**
 * Runs a private redis-server on a Unix socket in a temporary folder, without persistence.
 *
 * @module
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';

import { findProgram } from './find-program.ts';

export type RedisServer = {
  /** The Unix socket. */
  readonly path: string;
  /** Stops the server and deletes its folder. It may be called twice. */
  close(): Promise<void>;
};

/** @returns `undefined` if there is no redis-server on the PATH. */
export async function startRedis(): Promise<RedisServer | undefined> {
  const program = await findProgram('redis-server');
  if (program === undefined) return undefined;
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-redis-'));
  const path = join(directory, 'redis.sock');
  const server = spawn(
    program,
    ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', directory],
    { stdio: 'ignore' },
  );
  const stop = stopper(server, directory);
  try {
    await untilAnswering(path);
  } catch (error) {
    await stop();
    throw error;
  }
  let stopping: Promise<void> | undefined;
  return { path, close: () => (stopping ??= stop()) };
}

function stopper(server: ChildProcess, directory: string): () => Promise<void> {
  const kill = () => server.kill();
  process.once('exit', kill);
  const exited = new Promise((resolve) => server.once('exit', resolve).once('error', resolve));
  return async () => {
    kill();
    await exited;
    process.off('exit', kill);
    await rm(directory, { recursive: true, force: true });
  };
}

/** @throws {Error} If the server has not answered within ten seconds. */
async function untilAnswering(path: string): Promise<void> {
  const redis = new Redis({ path, retryStrategy: (tries) => (tries > 200 ? null : 50) });
  redis.on('error', () => {}); // The command below fails if the server never listens.
  try {
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}
