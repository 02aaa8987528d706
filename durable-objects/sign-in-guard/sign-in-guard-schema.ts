import type { SqlMigration } from '../../shared/sql/migrate.ts';

export const migrations = [
  {
    id: '0001_attempts_and_known',
    up: `
      CREATE TABLE attempts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        network_hash TEXT NOT NULL,
        at INTEGER NOT NULL,
        counted_since INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE known (
        kind TEXT NOT NULL CHECK (kind IN ('network', 'device')),
        hash TEXT NOT NULL,
        seen_at INTEGER NOT NULL,
        PRIMARY KEY (kind, hash)
      ) STRICT, WITHOUT ROWID;`,
  },
] as const satisfies readonly SqlMigration[];
