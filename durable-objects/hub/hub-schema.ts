import type { SqlMigration } from '../../shared/sql/migrate.ts';

export const migrations = [
  {
    id: '0001_answers',
    up: `
      CREATE TABLE answers (
        connection_id TEXT NOT NULL,
        message_id TEXT NOT NULL,
        name TEXT NOT NULL,
        binary INTEGER NOT NULL,
        payload BLOB,
        expires_at INTEGER NOT NULL,
        PRIMARY KEY (connection_id, message_id)
      ) STRICT, WITHOUT ROWID;`,
  },
] as const satisfies readonly SqlMigration[];
