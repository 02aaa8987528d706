import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { migrate } from '../../scripts/local/migrate.ts';
import { emptyPglite } from '../support/node/backends.ts';
import { onEachDatabase } from '../support/node/each-database.ts';

const run = promisify(execFile);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-migrations-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function declare(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, sql] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), sql);
  }
}

onEachDatabase('migrate()', (database) => {
  const query = async (text: string) => {
    const client = new Client({ connectionString: database() });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const migrateAll = () => migrate(database(), folder);
  const names = async () =>
    (await query('SELECT worker, name FROM public.sallyport_migrations ORDER BY applied_at')).map(
      ({ worker, name }) => `${String(worker)}/${String(name)}`,
    );

  beforeEach(() => query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));

  it('applies the new migrations in order, and then none', async () => {
    await declare({
      'a/0001_one.sql': 'CREATE TABLE one (id int); CREATE TABLE two (id int);',
      'b/0001_one.sql': 'ALTER TABLE two ADD b int;',
      'a/0002_two.sql': 'ALTER TABLE one ADD more int;',
    });
    const order = ['a/0001_one.sql', 'a/0002_two.sql', 'b/0001_one.sql'];
    expect(await migrateAll()).toEqual(order);
    expect(await names()).toEqual(order);
    expect(await migrateAll()).toEqual([]);
    await declare({ 'a/0003_three.sql': 'INSERT INTO one VALUES (1, 2)' });
    expect(await migrateAll()).toEqual(['a/0003_three.sql']);
    expect(await query('SELECT * FROM one')).toEqual([{ id: 1, more: 2 }]);
  });

  it('applies each migration once in concurrent runs', async () => {
    await declare({
      'a/0001_one.sql': 'CREATE TABLE one (id int)',
      'a/0002_two.sql': 'INSERT INTO one VALUES (1)',
      'a/0003_three.sql': 'INSERT INTO one VALUES (2)',
    });
    const applied = await Promise.all(Array.from({ length: 5 }, migrateAll));
    expect(applied.flat().toSorted()).toEqual(await names());
    expect(await query('SELECT id FROM one ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('refuses an edited history, and changes nothing', async () => {
    await declare({ 'a/0001_one.sql': 'CREATE TABLE one (id int)' });
    await migrateAll();
    await declare({
      'a/0001_one.sql': 'CREATE TABLE one (id bigint)',
      'a/0002_two.sql': 'CREATE TABLE two (id int)',
    });
    await expect(migrateAll()).rejects.toThrow('a/0001_one.sql was edited');
    await rm(join(folder, 'a/0001_one.sql'));
    await expect(migrateAll()).rejects.toThrow('a/0001_one.sql is gone');
    expect(await names()).toEqual(['a/0001_one.sql']);
  });

  it('rolls back a failing migration, keeps earlier ones, and continues once it is corrected', async () => {
    await declare({
      'a/0001_one.sql': 'CREATE TABLE one (id int)',
      'a/0002_two.sql': 'CREATE TABLE two (id int); SELECT 1 / 0;',
    });
    await expect(migrateAll()).rejects.toMatchObject({
      message: 'Cannot apply a/0002_two.sql',
      cause: { code: '22012' },
    });
    expect(await names()).toEqual(['a/0001_one.sql']);
    expect(await query("SELECT to_regclass('two') AS two")).toEqual([{ two: null }]);
    await declare({ 'a/0002_two.sql': 'CREATE TABLE two (id int)' });
    expect(await migrateAll()).toEqual(['a/0002_two.sql']);
  });

  it('refuses files without an ordinal', async () => {
    await declare({ 'a/0001_one.sql': 'SELECT 1', 'a/notes.txt': '' });
    await expect(migrateAll()).rejects.toThrow('a/notes.txt is no migration');
  });

  it('applies the migrations of the repository', async () => {
    await query('DROP SCHEMA IF EXISTS identity CASCADE');
    expect(await migrate(database())).toContain('identity/0001_accounts.sql');
    expect(await query('SELECT count(*)::int AS n FROM identity.accounts')).toEqual([{ n: 0 }]);
  });
});

const cli = (env: Record<string, string>) =>
  run(process.execPath, ['scripts/migrate.ts'], { env: { PATH: '', ...env } });

describe('npm run migrate', () => {
  it('migrates the database at DATABASE_URL', async () => {
    const database = await emptyPglite();
    try {
      const env = { DATABASE_URL: database.connectionString };
      expect((await cli(env)).stdout).toContain('Applied identity/0001_accounts.sql');
      expect((await cli(env)).stdout).toBe('Nothing to migrate.\n');
    } finally {
      await database.close();
    }
  });

  it('fails where DATABASE_URL is not set', async () => {
    await expect(cli({})).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DATABASE_URL is not set'),
    });
  });
});
