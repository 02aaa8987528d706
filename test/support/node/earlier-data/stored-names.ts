/**
 * Reads the names under which a checkout stores data from its sources, without starting it.
 *
 * @module
 */

import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

import { PGlite } from '@electric-sql/pglite';
import { parse } from 'smol-toml';

/** The type of each column, by the name of its table. */
type Tables = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type StoredNames = {
  /** The migrations of objects' classes, by Worker, in their order. */
  readonly workers: Readonly<Record<string, readonly WorkerMigration[]>>;
  /** The schemas of objects, by file name without extension. */
  readonly objects: Readonly<
    Record<string, { readonly migrations: Hashes; readonly tables: Tables }>
  >;
  readonly postgres: { readonly migrations: Hashes; readonly tables: Tables };
  /** The purposes for which texts are sealed and keys are derived. */
  readonly purposes: readonly string[];
};

type WorkerMigration = Readonly<Record<string, unknown>>;
/** The SHA-256 of each migration's text, in their order. */
type Hashes = readonly (readonly [id: string, hash: string])[];
type SqlMigration = { readonly id: string; readonly up: string };

/** @param checkout - An absolute path. */
export async function readStoredNames(checkout: string): Promise<StoredNames> {
  return {
    workers: workersOf(checkout),
    objects: await objectsOf(checkout),
    postgres: await postgresOf(checkout),
    purposes: purposesOf(checkout),
  };
}

function workersOf(checkout: string): StoredNames['workers'] {
  const files = globSync(join(checkout, '{.,workers/*}/wrangler.toml')).toSorted();
  return Object.fromEntries(
    files.map((path) => {
      const { name, migrations = [] } = parse(readFileSync(path, 'utf8'));
      return [String(name), migrations as readonly WorkerMigration[]];
    }),
  );
}

async function objectsOf(checkout: string): Promise<StoredNames['objects']> {
  const files = globSync(join(checkout, 'durable-objects/**/*-schema.ts'));
  const schemas = await Promise.all(
    files.map(async (path) => {
      const module: unknown = await import(pathToFileURL(path).href);
      const { migrations } = module as { readonly migrations: readonly SqlMigration[] };
      const hashes = migrations.map(
        ({ id, up }) => [id, hash(up.replaceAll(/\s+/g, ' '))] as const,
      );
      const tables = sqliteTables(migrations.map(({ up }) => up));
      return [basename(path, '.ts'), { migrations: hashes, tables }] as const;
    }),
  );
  return Object.fromEntries(schemas.toSorted(([a], [b]) => a.localeCompare(b)));
}

function sqliteTables(scripts: readonly string[]): Tables {
  const database = new DatabaseSync(':memory:');
  for (const script of scripts) database.exec(script);
  const rows = database
    .prepare(
      `SELECT t.name AS "table", c.name AS "column", c.type
         FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`,
    )
    .all();
  database.close();
  return tablesOf(rows as ColumnRow[]);
}

async function postgresOf(checkout: string): Promise<StoredNames['postgres']> {
  const folder = join(checkout, 'migrations');
  const files = globSync('*/*.sql', { cwd: folder }).toSorted();
  const scripts = files.map((path) => readFileSync(join(folder, path), 'utf8'));
  await using database = await PGlite.create();
  for (const script of scripts) await database.exec(script);
  const { rows } = await database.query<ColumnRow>(
    `SELECT table_schema || '.' || table_name AS "table", column_name AS "column", udt_name AS type
       FROM information_schema.columns
      WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
      ORDER BY 1, ordinal_position`,
  );
  const migrations = files.map((path, index) => [path, hash(scripts[index] ?? '')] as const);
  return { migrations, tables: tablesOf(rows) };
}

type ColumnRow = { readonly table: string; readonly column: string; readonly type: string };

function tablesOf(rows: readonly ColumnRow[]): Tables {
  const tables: Record<string, Record<string, string>> = {};
  for (const { table, column, type } of rows) (tables[table] ??= {})[column] = type;
  return tables;
}

function purposesOf(checkout: string): readonly string[] {
  const files = globSync(join(checkout, '{workers,durable-objects,shared}/**/*.ts'));
  const code = files.flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(?:\*|\/)/.test(line)),
  );
  const found = code.flatMap((line) =>
    [...line.matchAll(/['`]([A-Za-z]+(?: [A-Za-z-]+)* v\d+)\b/g)].map(
      ([, purpose = '']) => purpose,
    ),
  );
  return [...new Set(found)].toSorted();
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
