/**
 * Runs what a Neon HTTP request asks for through `pg`: one query, or a batch in one transaction.
 *
 * @module
 */

import type { Pool, PoolClient } from 'pg';

type Query = { readonly query: string; readonly params: readonly unknown[] };

type Batch = {
  readonly queries: readonly Query[];
  readonly isolationLevel?: string;
  readonly readOnly?: boolean;
  readonly deferrable?: boolean;
};

/** The form of rows in the answer. */
export type RowFormat = {
  /** Rows are arrays in column order instead of objects. */
  readonly arrayMode: boolean;
  /** Values are PostgreSQL's text, which the client parses by `dataTypeID`. */
  readonly rawText: boolean;
};

const identityTypes = { getTypeParser: () => (text: string) => text };

/** Runs one statement by the extended protocol, as Neon requires. */
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
    await client.query(beginStatement(mode));
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

/** The values of Neon's header `neon-batch-isolation-level`. */
const ISOLATION_LEVELS: Readonly<Record<string, string>> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
};

export const isIsolationLevel = (name: string): boolean => Object.hasOwn(ISOLATION_LEVELS, name);

function beginStatement({
  isolationLevel = '',
  readOnly,
  deferrable,
}: Omit<Batch, 'queries'>): string {
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
