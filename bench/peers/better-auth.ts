/**
 * A peer's process: better-auth with SQLite on disk (its path is the first argument) and no cookie cache,
 * so that every request reads the store, as ours reads revocations. It writes its port to descriptor 3.
 *
 * @module
 */

import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';

const database = new DatabaseSync(process.argv[2] ?? ':memory:');
database.exec('PRAGMA journal_mode = WAL');

const auth = betterAuth({
  baseURL: 'http://bench.localhost',
  secret: 'only-for-this-benchmark-0123456789abcdef',
  database,
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: 'error' },
});

const { runMigrations } = await getMigrations(auth.options);
await runMigrations();

const handle = toNodeHandler(auth);
const server = createServer((request, response) => void handle(request, response)).listen(
  0,
  '127.0.0.1',
  () => {
    writeSync(3, `${JSON.stringify(server.address())}\n`);
  },
);
