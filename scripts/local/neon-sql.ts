/**
 * What a Neon HTTP request asks for, run through `pg`: one query, or a batch in one transaction.
 *
 * @module
 */

import type { Pool, PoolClient } from 'pg';

export type Query = { readonly query: string; readonly params: readonly unknown[] };

export type Batch = {
  readonly queries: readonly Query[];
  readonly isolationLevel?: string;
  readonly readOnly?: boolean;
  readonly deferrable?: boolean;
};

/** How rows are written into the answer. */
export type RowFormat = {
  /** Arrays in column order, in place of objects. */
  readonly arrayMode: boolean;
  /** Values stay as PostgreSQL spells them: the client parses them by `dataTypeID`. */
  readonly rawText: boolean;
};

const identityTypes = { getTypeParser: () => (text: string) => text };

/** Runs `query`, always through the extended protocol: one statement, as Neon requires. */
export async function runQuery(
  client: Pool | PoolClient,
  { query, params }: Query,
  { arrayMode, rawText }: RowFormat,
): Promise<unknown> {
  const config = {
    text: query,
    values: [...params],
    queryMode: 'extended',
    ...(arrayMode ? { rowMode: 'array' } : {}),
    ...(rawText ? { types: identityTypes } : {}),
  };
  const { command, rowCount, fields, rows } = await client.query(config);
  return { command, rowCount, fields, rows, rowAsArray: arrayMode };
}

/** Runs every query of `batch` or none. */
export async function runBatch(
  pool: Pool,
  { queries, ...mode }: Batch,
  format: RowFormat,
): Promise<{ readonly results: readonly unknown[] }> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query(begin(mode));
    const results: unknown[] = [];
    for (const query of queries) results.push(await runQuery(client, query, format));
    await client.query('COMMIT');
    return { results };
  } catch (error) {
    await client.query('ROLLBACK').catch(() => (broken = true));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The names that Neon's `neon-batch-isolation-level` header takes. */
const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

export const isIsolationLevel = (name: string): boolean => Object.hasOwn(ISOLATION_LEVELS, name);

function begin({ isolationLevel = '', readOnly, deferrable }: Omit<Batch, 'queries'>): string {
  const level = ISOLATION_LEVELS[isolationLevel];
  return [
    'BEGIN',
    level && `ISOLATION LEVEL ${level}`,
    readOnly === undefined ? '' : readOnly ? 'READ ONLY' : 'READ WRITE',
    deferrable === undefined ? '' : deferrable ? 'DEFERRABLE' : 'NOT DEFERRABLE',
  ]
    .filter(Boolean)
    .join(' ');
}
