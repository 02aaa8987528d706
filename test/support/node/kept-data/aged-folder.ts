/**
 * Moves a data folder through time: every moment that its objects remember is moved by the same span,
 * as if everything had happened that much later. Sessions and codes end by the clock on the wall, and a
 * folder that lies in a repository would outlive them all.
 *
 * A moment is found by its value, not by its name: a whole number that reads, in seconds, milliseconds
 * or nanoseconds (the runtime's alarms), as a moment within 400 days of when the folder was made. So
 * columns that a later version adds are moved, too. Nothing in PostgreSQL ends by the clock but client
 * secrets and initial access tokens with an end of their own: it stays as it is.
 *
 * @module
 */

import { globSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export type Move = {
  /** When the folder was made, in milliseconds. */
  readonly madeAt: number;
  readonly bySeconds: number;
};

/** Moves every moment in the SQLite files of the objects. No instance may have the folder open. */
export function ageFolder(dataDir: string, move: Move): void {
  for (const path of globSync(`${dataDir}/objects/**/*.sqlite`)) ageDatabase(path, move);
}

function ageDatabase(path: string, move: Move): void {
  const database = new DatabaseSync(path);
  try {
    database.function('aged', { useBigIntArguments: true, deterministic: true }, (value) =>
      aged(value, move),
    );
    for (const { table, column } of columnsOf(database)) {
      database.exec(
        `UPDATE "${table}" SET "${column}" = aged("${column}") WHERE aged("${column}") IS NOT "${column}"`,
      );
    }
  } finally {
    database.close();
  }
}

/** A place in the admission queue is made of a moment, but is a name: its holder's ticket has it. */
const NAMES: ReadonlySet<string> = new Set(['entries.place']);

type Column = { readonly table: string; readonly column: string };

function columnsOf(database: DatabaseSync): readonly Column[] {
  const rows = database
    .prepare(
      `SELECT t.name AS "table", c.name AS "column"
         FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`,
    )
    .all();
  return rows
    .map(({ table, column }) => ({ table: String(table), column: String(column) }))
    .filter(({ table, column }) => !NAMES.has(`${table}.${column}`));
}

type Value = Parameters<Parameters<DatabaseSync['function']>[1]>[0];

/** A number by itself, or the numbers of a JSON text. */
function aged(value: Value, move: Move): Value {
  if (typeof value === 'bigint') return agedNumber(value, move);
  if (typeof value !== 'string') return value;
  return value.replaceAll(/(?<![\w.-])\d{10}(?:\d{3})?(?![\w.-])/g, (digits) =>
    String(agedNumber(BigInt(digits), move)),
  );
}

const PER_SECOND = [1n, 1_000n, 1_000_000_000n];
const REACH_SECONDS = 400n * 86_400n;

function agedNumber(value: bigint, { madeAt, bySeconds }: Move): bigint {
  const made = BigInt(Math.floor(madeAt / 1_000));
  const unit = PER_SECOND.find((one) => {
    const distance = value / one - made;
    return distance > -REACH_SECONDS && distance < REACH_SECONDS;
  });
  return unit === undefined ? value : value + BigInt(bySeconds) * unit;
}
