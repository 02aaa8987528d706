import { blob, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

import { type PublicJwk, SIGNING_ALGORITHMS } from '../../shared/contracts/keys/keys-rpc.ts';
import type { SqlMigration } from '../../shared/sql/migrate.ts';

/**
 * The keys of the ring: one current, one next, and previous ones that may still be needed to
 * verify.
 */
export const keys = sqliteTable('keys', {
  kid: text('kid').primaryKey(),
  version: integer('version').notNull(),
  alg: text('alg', { enum: SIGNING_ALGORITHMS }).notNull(),
  state: text('state', { enum: ['previous', 'current', 'next'] }).notNull(),
  publicJwk: text('public_jwk', { mode: 'json' }).$type<PublicJwk>().notNull(),
  wrappedKey: blob('wrapped_key', { mode: 'buffer' }).$type<Uint8Array>(),
  createdAt: integer('created_at').notNull(),
  activatedAt: integer('activated_at'),
  expiresAt: integer('expires_at'),
});

export const migrations = [
  {
    id: '0001_keys',
    up: `
      CREATE TABLE keys (
        kid TEXT PRIMARY KEY,
        version INTEGER NOT NULL UNIQUE,
        alg TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('previous', 'current', 'next')),
        public_jwk TEXT NOT NULL
          CHECK (json_valid(public_jwk) AND json_extract(public_jwk, '$.d') IS NULL),
        wrapped_key BLOB,
        created_at INTEGER NOT NULL,
        activated_at INTEGER,
        expires_at INTEGER,
        CHECK ((wrapped_key IS NULL) = (state = 'previous')),
        CHECK ((activated_at IS NULL) = (state = 'next')),
        CHECK ((expires_at IS NULL) = (state <> 'previous'))
      ) STRICT;
      CREATE UNIQUE INDEX one_current_one_next ON keys (state) WHERE state <> 'previous';`,
  },
] as const satisfies readonly SqlMigration[];
