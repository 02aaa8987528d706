import { afterAll, beforeAll, describe, inject } from 'vitest';

import type { Database } from '../../../scripts/local/pglite.ts';
import { emptyPglite, emptyPostgres } from './backends.ts';
import { notRun } from './not-run.ts';

/** Returns the connection string of an empty database, which the tests of the suite share. */
type ConnectionString = () => string;

/** Registers `suite` once for PGlite and once for a real PostgreSQL. */
export function onEachDatabase(what: string, suite: (database: ConnectionString) => void): void {
  on(`${what}, PGlite`, emptyPglite, suite);
  const postgres = inject('postgresUrl');
  if (postgres === null) notRun(`PostgreSQL is not installed: ${what}`);
  else on(`${what}, PostgreSQL`, () => emptyPostgres(postgres), suite);
}

function on(
  name: string,
  open: () => Promise<Database>,
  suite: (database: ConnectionString) => void,
): void {
  // oxlint-disable-next-line vitest/valid-title -- it is: the rule does not read types
  describe(name, () => {
    let database: Database;
    beforeAll(async () => {
      database = await open();
    });
    afterAll(() => database.close());
    suite(() => database.connectionString);
  });
}
