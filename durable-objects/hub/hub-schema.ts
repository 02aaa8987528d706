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
  {
    // The log has no index, so that an event costs one row: LogIndex is in memory.
    id: '0002_streams',
    up: `
      CREATE TABLE streams (
        session_id TEXT PRIMARY KEY,
        principal TEXT NOT NULL,
        former_roles TEXT NOT NULL,
        first_log INTEGER NOT NULL,
        base_log INTEGER NOT NULL,
        base_sequence INTEGER NOT NULL,
        connection_id TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        salt_id TEXT NOT NULL,
        peer_guid TEXT NOT NULL,
        token_hash TEXT NOT NULL,
        previous_token_hash TEXT,
        lost_at INTEGER,
        lost_sequence INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE log (
        id INTEGER PRIMARY KEY,
        target TEXT NOT NULL,
        event_id TEXT NOT NULL,
        latest_key TEXT,
        created_at INTEGER NOT NULL,
        frame BLOB NOT NULL
      ) STRICT;
      CREATE TABLE used_tickets (
        id TEXT PRIMARY KEY,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;`,
  },
  {
    // INSERT OR REPLACE fires no delete trigger, so a stream that replaces another keeps the shortcuts.
    id: '0003_manifests',
    up: `
      CREATE TABLE lists (digest TEXT PRIMARY KEY, listings TEXT NOT NULL) STRICT, WITHOUT ROWID;
      CREATE TABLE shortcuts (
        session_id TEXT NOT NULL,
        shortcut_id TEXT NOT NULL,
        name TEXT NOT NULL,
        source TEXT NOT NULL,
        service TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        payload BLOB NOT NULL,
        binary INTEGER NOT NULL,
        description TEXT,
        display_name TEXT,
        tags TEXT NOT NULL,
        expires_at INTEGER,
        revoked_at INTEGER,
        listed INTEGER NOT NULL,
        PRIMARY KEY (session_id, shortcut_id)
      ) STRICT, WITHOUT ROWID;
      CREATE TRIGGER shortcuts_end AFTER DELETE ON streams BEGIN
        DELETE FROM shortcuts WHERE session_id = old.session_id;
      END;`,
  },
] as const satisfies readonly SqlMigration[];
