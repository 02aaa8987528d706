/**
 * Shifts every time in a data folder's objects by the same span, as if everything had happened that much
 * later. Sessions and codes expire, and would all have expired in a folder of a repository.
 *
 * A time is found by its value, not by its name. It is a whole number that is, in seconds, milliseconds
 * or nanoseconds (the runtime's alarms), within 400 days of the folder's creation. So the times in
 * columns that a later version adds are shifted, too. PostgreSQL is not changed, because nothing in it
 * expires but client secrets and initial access tokens with an expiry of their own.
 *
 * @module
 */

import { globSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

export type Shift = {
  /** When the folder was created, in milliseconds. */
  readonly madeAt: number;
  readonly bySeconds: number;
};

/** Shifts every time in the SQLite files of the objects. No instance may have the folder open. */
export function shiftFolder(dataDir: string, move: Shift): void {
  for (const path of globSync(`${dataDir}/objects/**/*.sqlite`)) shiftDatabase(path, move);
}

function shiftDatabase(path: string, move: Shift): void {
  const database = new DatabaseSync(path);
  try {
    database.function('shifted', { useBigIntArguments: true, deterministic: true }, (value) =>
      shiftValue(value, move),
    );
    for (const { table, column } of columnsOf(database)) {
      database.exec(
        `UPDATE "${table}" SET "${column}" = shifted("${column}") WHERE shifted("${column}") IS NOT "${column}"`,
      );
    }
  } finally {
    database.close();
  }
}

/** A place in the admission queue contains a time, but is an id that its holder's ticket has. */
const IDS: ReadonlySet<string> = new Set(['entries.place']);

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
    .filter(({ table, column }) => !IDS.has(`${table}.${column}`));
}

type Value = Parameters<Parameters<DatabaseSync['function']>[1]>[0];

/** Shifts a number, or the numbers in a JSON text. */
function shiftValue(value: Value, move: Shift): Value {
  if (typeof value === 'bigint') return shiftNumber(value, move);
  if (typeof value !== 'string') return value;
  return value.replaceAll(/(?<![\w.-])\d{10}(?:\d{3})?(?![\w.-])/g, (digits) =>
    String(shiftNumber(BigInt(digits), move)),
  );
}

const PER_SECOND = [1n, 1_000n, 1_000_000_000n];
const MAX_DISTANCE_SECONDS = 400n * 86_400n;

function shiftNumber(value: bigint, { madeAt, bySeconds }: Shift): bigint {
  const made = BigInt(Math.floor(madeAt / 1_000));
  const unit = PER_SECOND.find((one) => {
    const distance = value / one - made;
    return distance > -MAX_DISTANCE_SECONDS && distance < MAX_DISTANCE_SECONDS;
  });
  return unit === undefined ? value : value + BigInt(bySeconds) * unit;
}
