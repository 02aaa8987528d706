import type { SqlMigration } from '../../shared/sql/migrate.ts';

export const migrations = [
  {
    id: '0001_entries',
    up: `
      CREATE TABLE entries (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX entries_by_expiry ON entries (expires_at);`,
  },
] as const satisfies readonly SqlMigration[];
