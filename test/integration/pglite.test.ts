import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type Database, startPglite } from '../../scripts/local/pglite.ts';

let folder: string;
let dataDir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-pglite-'));
  dataDir = join(folder, 'made', 'when needed');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function query({ connectionString }: Database, text: string) {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('startPglite()', () => {
  it('stores what was written, and removes its lock at the end', async () => {
    const first = await startPglite({ dataDir });
    await query(first, 'CREATE TABLE kept AS SELECT 7 AS n');
    await Promise.all([first.close(), first.close()]);
    await expect(query(first, 'SELECT 1')).rejects.toThrow('ECONNREFUSED');
    expect(await readdir(join(folder, 'made'))).toEqual(['when needed']);

    const second = await startPglite({ dataDir });
    expect(await query(second, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
    await second.close();
  });

  it('rolls an open transaction back when it is closed', async () => {
    const first = await startPglite({ dataDir });
    await query(first, 'CREATE TABLE kept (n int)');
    const client = new Client({ connectionString: first.connectionString });
    const dropped = new Promise((resolve) => client.once('error', resolve));
    await client.connect();
    await client.query('BEGIN');
    await client.query('INSERT INTO kept VALUES (1)');
    await first.close();
    await dropped;

    const second = await startPglite({ dataDir });
    expect(await query(second, 'SELECT * FROM kept')).toEqual([]);
    await second.close();
  });

  it('opens a folder in one process at a time', async () => {
    const first = await startPglite({ dataDir });
    await expect(startPglite({ dataDir })).rejects.toThrow('this process has it open');
    expect(await query(first, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    await first.close();
  });

  it('opens a folder whose lock no running process holds', async () => {
    await (await startPglite({ dataDir })).close();
    for (const stale of [String(process.pid), '999999999', '', 'no number']) {
      await writeFile(`${dataDir}.lock`, stale);
      await (await startPglite({ dataDir })).close();
    }
    expect(await readdir(join(folder, 'made'))).toEqual(['when needed']);
  });

  it('releases the folder if the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = taken.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(startPglite({ dataDir, port })).rejects.toThrow('EADDRINUSE');
    await new Promise((resolve) => taken.close(resolve));

    const database = await startPglite({ dataDir, port });
    expect(database.connectionString).toContain(`127.0.0.1:${port}/`);
    await database.close();
  });

  it('keeps every row that it acknowledged before kill -9, twice in a row', async () => {
    let acknowledged = 0;
    for (let round = 1; round <= 2; round += 1) {
      const writer = startWriter(dataDir);
      acknowledged = await announced(writer, acknowledged + 40);
      await expect(startPglite({ dataDir })).rejects.toThrow(`process ${writer.pid} has it open`);
      writer.kill('SIGKILL');
      await new Promise((resolve) => writer.once('exit', resolve));

      const database = await startPglite({ dataDir });
      const rows = await query(database, 'SELECT count(*)::int AS count, max(n) AS max FROM rows');
      expect(rows[0]?.['count']).toBeGreaterThanOrEqual(acknowledged);
      acknowledged = Number(rows[0]?.['max']);
      await database.close();
    }
  });
});

const WRITER = new URL('../support/node/pglite-writer.ts', import.meta.url);

const startWriter = (folder: string): ChildProcess =>
  spawn(process.execPath, [fileURLToPath(WRITER), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

/** Waits until `writer` has printed row `n`. */
async function announced({ stdout }: ChildProcess, n: number): Promise<number> {
  if (stdout === null) throw new Error('Cannot read the writer: it has no output');
  for await (const line of createInterface({ input: stdout })) {
    if (Number(line) >= n) return Number(line);
  }
  throw new Error('Cannot read the writer: it ended');
}
