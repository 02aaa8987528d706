/**
 * Runs a PostgreSQL cluster in a temporary folder, for tests that PGlite cannot run: of two sessions,
 * real locks, and passwords.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Client } from 'pg';

import { findProgram } from '../../../scripts/local/find-program.ts';
import type { Database } from '../../../scripts/local/pglite.ts';

const run = promisify(execFile);

type Identity = { readonly uid?: number; readonly gid?: number };

/** @returns `undefined` if PostgreSQL is not installed. */
export async function startPostgres(): Promise<Database | undefined> {
  const folders = await programFolders();
  const initdb = await findProgram('initdb', folders);
  const postgres = await findProgram('postgres', folders);
  if (initdb === undefined || postgres === undefined) return undefined;

  const identity = await unprivileged();
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-postgres-'));
  try {
    await initialize(initdb, directory, identity);
    return await serve(postgres, directory, identity);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Debian installs each version in a folder outside the PATH. The newest comes first. */
async function programFolders(): Promise<readonly string[]> {
  const root = '/usr/lib/postgresql';
  const versions = await readdir(root).catch(() => []);
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  return [
    ...newestFirst.map((version) => join(root, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
}

/** PostgreSQL refuses to run as root, so root runs it as the user that its package created. */
async function unprivileged(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  const users = await readFile('/etc/passwd', 'utf8');
  const user = users.split('\n').find((line) => line.startsWith('postgres:'));
  if (user === undefined) throw new Error('Cannot run PostgreSQL: root needs a user "postgres"');
  const [, , uid, gid] = user.split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

async function initialize(initdb: string, directory: string, identity: Identity): Promise<void> {
  const passwordFile = join(directory, 'password');
  await writeFile(passwordFile, 'postgres');
  if (identity.uid !== undefined && identity.gid !== undefined) {
    await chown(passwordFile, identity.uid, identity.gid);
    await chown(directory, identity.uid, identity.gid);
  }
  const cluster = ['--pgdata', join(directory, 'data'), '--locale=C', '--encoding=UTF8'];
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  await run(initdb, [...cluster, ...access, '--no-sync'], { cwd: directory, ...identity });
}

async function serve(program: string, directory: string, identity: Identity): Promise<Database> {
  const port = await freePort();
  const settings = Object.entries({
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    lock_timeout: '10s',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(program, ['-D', join(directory, 'data'), ...settings], {
    cwd: directory,
    stdio: 'ignore',
    ...identity,
  });
  const close = stopper(server, directory);
  const connectionString = `postgresql://postgres:postgres@127.0.0.1:${port}/postgres`;
  try {
    await untilAnswering(connectionString, server);
  } catch (error) {
    await close();
    throw error;
  }
  return { connectionString, close };
}

function stopper(server: ChildProcess, directory: string): () => Promise<void> {
  const kill = () => server.kill('SIGINT'); // A fast shutdown, which closes clients' connections.
  process.once('exit', kill);
  const exited = new Promise((resolve) => server.once('exit', resolve).once('error', resolve));
  return async () => {
    kill();
    await exited;
    process.off('exit', kill);
    await rm(directory, { recursive: true, force: true });
  };
}

async function untilAnswering(connectionString: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = new Client({ connectionString });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) {
        throw new Error('Cannot start PostgreSQL', { cause: error });
      }
      await delay(50);
    }
  }
}

/** Finds a free port, because PostgreSQL cannot choose one and report it. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new TypeError('Cannot find a port');
  return address.port;
}
