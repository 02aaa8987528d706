import { boolean, pgSchema, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** `migrations/identity/0003_identities.sql` is the truth; this is what queries know of it. */
export const identities = pgSchema('identity').table(
  'identities',
  {
    provider: text('provider').notNull(),
    subject: text('provider_subject').notNull(),
    accountId: uuid('account_id').notNull(),
    email: text('email'),
    emailVerified: boolean('email_verified').notNull(),
    displayName: text('display_name'),
    tokensSealed: text('tokens_sealed'),
    linkedAt: instant('linked_at').notNull(),
    lastUsedAt: instant('last_used_at').notNull(),
  },
  (columns) => [primaryKey({ columns: [columns.provider, columns.subject] })],
);

export type IdentityRow = typeof identities.$inferSelect;

/** Unique constraints, and what breaking one means to an account that is to be created. */
export const CREATE_CONFLICTS = {
  accounts_email_unique: 'email_taken',
  identities_pkey: 'identity_taken',
} as const;
