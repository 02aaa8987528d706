import type { SqlMigration } from '../../shared/sql/migrate.ts';

export const migrations = [
  {
    id: '0001_hubs_and_services',
    up: `
      CREATE TABLE hubs (
        name TEXT PRIMARY KEY,
        -- The version of the catalogue that it was told of.
        told INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE services (
        name TEXT PRIMARY KEY,
        -- The version of the catalogue that brought it.
        version INTEGER NOT NULL,
        registration TEXT NOT NULL,
        health TEXT NOT NULL,
        failures INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE catalogue (version INTEGER NOT NULL) STRICT;
      INSERT INTO catalogue VALUES (0);`,
  },
] as const satisfies readonly SqlMigration[];
