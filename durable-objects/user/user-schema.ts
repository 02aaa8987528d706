/**
 * The tables of a user's object.
 *
 * `families` is written at every rotation: one row, and no secondary index, each of which would
 * count as a row written. Everything else is written when a session opens or ends.
 *
 * @module
 */

import type { SqlMigration } from '../../shared/sql/migrate.ts';

export const migrations = [
  {
    id: '0001_sessions',
    up: `
      CREATE TABLE sessions (
        session_id TEXT PRIMARY KEY,
        account_id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        scopes TEXT NOT NULL,
        roles TEXT NOT NULL,
        amr TEXT NOT NULL,
        acr TEXT NOT NULL,
        auth_time INTEGER NOT NULL,
        origin TEXT NOT NULL,
        device TEXT NOT NULL,
        family_ids TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        touched_at INTEGER NOT NULL,
        idle_millis INTEGER NOT NULL,
        absolute_expires_at INTEGER NOT NULL,
        ended_at INTEGER,
        end_reason TEXT
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX unended_sessions ON sessions (session_id) WHERE ended_at IS NULL;
      CREATE TABLE families (
        family_id TEXT PRIMARY KEY,
        session_id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        generation INTEGER NOT NULL,
        secret_hash BLOB NOT NULL,
        previous_hash BLOB,
        rotated_at INTEGER NOT NULL,
        installation_id TEXT,
        installation_fallback TEXT NOT NULL,
        refresh_expires_at INTEGER NOT NULL,
        access_until INTEGER NOT NULL,
        revoked_at INTEGER
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE outbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        destination TEXT NOT NULL,
        session_id TEXT NOT NULL,
        reason TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0
      ) STRICT;`,
  },
  {
    id: '0002_grants',
    up: `
      ALTER TABLE sessions ADD COLUMN oauth TEXT;
      ALTER TABLE sessions ADD COLUMN parent_id TEXT;
      CREATE TABLE codes (
        code_hash BLOB PRIMARY KEY,
        browser_session_id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        redirect_uri TEXT NOT NULL,
        code_challenge TEXT NOT NULL,
        dpop_jkt TEXT,
        granted TEXT NOT NULL,
        offline INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        session_id TEXT
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE relying_parties (
        session_id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        subject TEXT NOT NULL,
        PRIMARY KEY (session_id, client_id, subject)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE logouts (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        subject TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        due_at INTEGER NOT NULL
      ) STRICT;`,
  },
  {
    id: '0003_roles',
    up: `
      CREATE TABLE role_changes (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        roles TEXT NOT NULL,
        changed_at INTEGER NOT NULL,
        told INTEGER NOT NULL,
        attempts INTEGER NOT NULL
      ) STRICT;`,
  },
  {
    // One outbox in place of two tables and two columns. What waited in them is copied, and their
    // timers become the one timer `outbox`, so that it is delivered.
    id: '0004_outbox',
    up: `
      ALTER TABLE outbox RENAME TO notices;
      CREATE TABLE outbox (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        destination TEXT NOT NULL,
        payload TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        due_at INTEGER NOT NULL,
        expires_at INTEGER
      ) STRICT;
      INSERT INTO outbox (destination, payload, attempts, due_at, expires_at)
        SELECT destination,
          json_object('sessionId', session_id, 'reason', reason, 'expiresAt', expires_at),
          attempts, 0, expires_at * 1000 FROM notices ORDER BY seq;
      INSERT INTO outbox (destination, payload, attempts, due_at)
        SELECT 'logout',
          json_object('sessionId', session_id, 'clientId', client_id, 'subject', subject),
          attempts, due_at FROM logouts ORDER BY seq;
      INSERT INTO outbox (destination, payload, attempts, due_at)
        SELECT 'roles', '{}', attempts, 0 FROM role_changes WHERE told = 0;
      DROP TABLE notices;
      DROP TABLE logouts;
      ALTER TABLE role_changes DROP COLUMN told;
      ALTER TABLE role_changes DROP COLUMN attempts;
      CREATE TABLE IF NOT EXISTS _timers (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
      INSERT OR REPLACE INTO _timers
        SELECT 'outbox', min(at) FROM _timers WHERE name IN ('outbox', 'logout', 'roles')
        HAVING count(*) > 0;
      DELETE FROM _timers WHERE name IN ('logout', 'roles');`,
  },
  {
    id: '0005_account_status',
    up: `
      CREATE TABLE account_status (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        disabled INTEGER NOT NULL
      ) STRICT;`,
  },
  {
    id: '0006_account_versions',
    up: `
      CREATE TABLE account_versions (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        version INTEGER NOT NULL,
        credentials_version INTEGER NOT NULL,
        roles TEXT NOT NULL,
        read_at INTEGER NOT NULL
      ) STRICT;`,
  },
] as const satisfies readonly SqlMigration[];
