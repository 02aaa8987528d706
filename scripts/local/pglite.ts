/**
 * Runs PGlite on disk, reachable over TCP like any PostgreSQL.
 *
 * All connections share one backend session. A transaction has it for itself, but session settings,
 * temporary tables and session-level advisory locks are shared. Tests of locks and isolation, which
 * need two sessions, need a real PostgreSQL.
 *
 * @module
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

import { assertDatabase, RESTORE } from './data-folder.ts';
import { lockDirectory } from './directory-lock.ts';

export type Database = {
  readonly connectionString: string;
  /** Closes connections and files. It may be called twice. */
  close(): Promise<void>;
};

export type PgliteOptions = {
  /** Is created where it does not exist. Only one process at a time may open it. */
  readonly dataDir: string;
  /** The default, 0, takes a free port. */
  readonly port?: number;
};

/** More than a Worker opens at once. Connections wait for each other's transactions. */
const MAX_CONNECTIONS = 100;

/**
 * Opens the database in `dataDir` and listens on 127.0.0.1.
 *
 * @throws {Error} If another process has `dataDir` open, or the port is taken.
 */
export async function startPglite({ dataDir, port = 0 }: PgliteOptions): Promise<Database> {
  const directory = resolve(dataDir);
  await mkdir(directory, { recursive: true });
  const lock = await lockDirectory(directory);
  try {
    const db = await openDatabase(directory);
    const server = await listen(db, port);
    const close = async () => {
      await stop(server, db);
      await lock.release();
    };
    let closing: Promise<void> | undefined;
    return {
      connectionString: `postgresql://postgres:postgres@${server.getServerConn()}/postgres`,
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/**
 * Opens the database, or makes one in an empty folder. While it is made, a file beside the folder says
 * so: what is found with that file is a database that was never finished, and holds nothing.
 */
async function openDatabase(directory: string): Promise<PGlite> {
  const incomplete = `${directory}.incomplete`;
  if (existsSync(incomplete)) await removeContents(directory);
  await assertDatabase(directory);
  const isNew = (await readdir(directory)).length === 0;
  if (isNew) await writeFile(incomplete, '');
  const db = await PGlite.create(directory).catch((cause: unknown) => {
    throw new Error(`${directory} cannot be opened. ${isNew ? 'Is the disk full?' : RESTORE}`, {
      cause,
    });
  });
  await rm(incomplete, { force: true });
  return db;
}

async function removeContents(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
}

async function listen(db: PGlite, port: number): Promise<PGLiteSocketServer> {
  const server = new PGLiteSocketServer({
    db,
    host: '127.0.0.1',
    port,
    maxConnections: MAX_CONNECTIONS,
  });
  try {
    await server.start();
  } catch (error) {
    await db.close();
    throw error;
  }
  return server;
}

async function stop(server: PGLiteSocketServer, db: PGlite): Promise<void> {
  await server.stop();
  // stop() does not wait for the rollbacks of closed connections, but they are queued before this.
  await db.runExclusive(async () => {});
  await db.close();
}
