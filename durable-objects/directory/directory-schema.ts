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
  {
    id: '0002_roles',
    up: `
      CREATE TABLE role_changes (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        subject TEXT NOT NULL,
        roles TEXT NOT NULL,
        changed_at INTEGER NOT NULL,
        until INTEGER NOT NULL
      ) STRICT;`,
  },
] as const satisfies readonly SqlMigration[];
