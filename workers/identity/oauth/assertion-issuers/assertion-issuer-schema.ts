import { boolean, jsonb, pgSchema, text, timestamp } from 'drizzle-orm/pg-core';

import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { SubjectKind } from './assertion-issuer.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** `migrations/identity/0004_assertion_issuers.sql` is the truth; this is what queries know of it. */
export const assertionIssuers = pgSchema('identity').table('assertion_issuers', {
  issuer: text('issuer').primaryKey(),
  name: text('name').notNull(),
  jwks: jsonb('jwks').$type<readonly JsonObject[]>(),
  jwksUri: text('jwks_uri'),
  subjectKind: text('subject_kind').$type<SubjectKind>().notNull(),
  clients: text('clients').array().notNull(),
  scopes: text('scopes').array().notNull(),
  enabled: boolean('enabled').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

export type AssertionIssuerRow = typeof assertionIssuers.$inferSelect;
