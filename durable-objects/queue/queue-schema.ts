import type { SqlMigration } from '../../shared/sql/migrate.ts';

export const migrations = [
  {
    id: '0001_entries',
    up: `
      CREATE TABLE entries (
        session_id TEXT PRIMARY KEY,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'granted', 'seated')),
        until INTEGER NOT NULL,
        place INTEGER NOT NULL DEFAULT 0,
        position INTEGER NOT NULL DEFAULT 0,
        joined_at INTEGER NOT NULL DEFAULT 0,
        grant_id TEXT NOT NULL DEFAULT '',
        holders TEXT NOT NULL DEFAULT '[]'
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX entries_by_until ON entries (until);
      CREATE TABLE decrees (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        capacity INTEGER,
        paused INTEGER NOT NULL,
        released_to INTEGER NOT NULL
      ) STRICT;`,
  },
  {
    // Who was there before counts for nobody.
    id: '0002_users',
    up: `
      ALTER TABLE entries ADD COLUMN user_id TEXT NOT NULL DEFAULT '';
      CREATE INDEX entries_by_user ON entries (user_id);`,
  },
] as const satisfies readonly SqlMigration[];
