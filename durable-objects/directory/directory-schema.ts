import type { SqlMigration } from '../../shared/sql/migrate.ts';

export const migrations = [
  {
    id: '0001_connections',
    up: `
      CREATE TABLE connections (
        connection_id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL,
        shard TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;`,
  },
] as const satisfies readonly SqlMigration[];
