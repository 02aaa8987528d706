import type { SqlMigration } from '../../shared/sql/migrate.ts';

/**
 * `AUTOINCREMENT` makes every position unique. Without it, SQLite would use the greatest one again
 * once its entry is deleted, and a reader past it would never see the new entry.
 */
export const migrations = [
  {
    id: '0001_entries',
    up: `
      CREATE TABLE log (
        singleton INTEGER PRIMARY KEY CHECK (singleton = 1),
        epoch TEXT NOT NULL
      ) STRICT;
      CREATE TABLE entries (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        UNIQUE (kind, id)
      ) STRICT;`,
  },
] as const satisfies readonly SqlMigration[];
