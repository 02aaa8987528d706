import { boolean, integer, jsonb, pgSchema, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { SIGNING_ALGORITHMS } from '../../../../shared/contracts/keys/keys-rpc.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { instant } from '../../platform/database.ts';
import { CLIENT_PROFILES } from './client.ts';

const identity = pgSchema('identity');
/** How one secret is stored: the hash in base64url. */
export type SecretColumn = { readonly hash: string; readonly expiresAt: number | null };

/** `migrations/identity/` is the truth; this is what queries know of it. */
export const oauthClients = identity.table('oauth_clients', {
  clientId: text('client_id').primaryKey(),
  metadata: jsonb('metadata').$type<JsonObject>().notNull(),
  secrets: jsonb('secrets').$type<readonly SecretColumn[]>().notNull(),
  source: text('source', { enum: ['registered', 'administered'] }).notNull(),
  profile: text('profile', { enum: CLIENT_PROFILES }).notNull(),
  skipConsent: boolean('skip_consent').notNull(),
  resources: text('resources').array(),
  pkceOptional: boolean('pkce_optional').notNull(),
  cibaAllowed: boolean('ciba_allowed').notNull(),
  status: text('status', { enum: ['active', 'disabled'] }).notNull(),
  registrationAccessTokenHash: text('registration_access_token_hash'),
  revision: integer('revision').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

export type ClientRow = typeof oauthClients.$inferSelect;

export const oauthConsents = identity.table(
  'oauth_consents',
  {
    accountId: uuid('account_id').notNull(),
    clientId: text('client_id').notNull(),
    scopes: text('scopes').array().notNull(),
    claims: text('claims').array().notNull(),
    resources: text('resources').array().notNull(),
    authorizationDetails: jsonb('authorization_details')
      .$type<readonly AuthorizationDetail[]>()
      .notNull(),
    redirectHosts: text('redirect_hosts').array(),
    grantedAt: instant('granted_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (columns) => [primaryKey({ columns: [columns.accountId, columns.clientId] })],
);

export type ConsentRow = typeof oauthConsents.$inferSelect;

export const oauthResources = identity.table('oauth_resources', {
  resource: text('resource').primaryKey(),
  name: text('name').notNull(),
  scopes: text('scopes').array().notNull(),
  accessTokenSigningAlg: text('access_token_signing_alg', { enum: SIGNING_ALGORITHMS }),
  accessTokenSeconds: integer('access_token_seconds'),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

export type ResourceRow = typeof oauthResources.$inferSelect;

export const oauthInitialAccessTokens = identity.table('oauth_initial_access_tokens', {
  id: uuid('id').primaryKey(),
  hash: text('hash').notNull(),
  label: text('label').notNull(),
  expiresAt: instant('expires_at'),
  usesLeft: integer('uses_left'),
  createdAt: instant('created_at').notNull(),
});

export type InitialAccessTokenRow = typeof oauthInitialAccessTokens.$inferSelect;
