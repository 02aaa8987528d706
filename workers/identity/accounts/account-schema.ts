import { boolean, pgSchema, text, timestamp, uuid } from 'drizzle-orm/pg-core';

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** `migrations/identity/0001_accounts.sql` is the truth; this is what queries know of it. */
export const accounts = pgSchema('identity').table('accounts', {
  id: uuid('id').primaryKey(),
  email: text('email').notNull(),
  emailNormalized: text('email_normalized').notNull(),
  emailVerified: boolean('email_verified').notNull().default(false),
  username: text('username'),
  usernameNormalized: text('username_normalized'),
  displayName: text('display_name'),
  passwordHash: text('password_hash'),
  roles: text('roles').array().notNull(),
  status: text('status', { enum: ['active', 'disabled'] })
    .notNull()
    .default('active'),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  lastLoginAt: instant('last_login_at'),
});

export type AccountRow = typeof accounts.$inferSelect;
export type AccountInsert = typeof accounts.$inferInsert;

/** Unique constraints, and what breaking one means. */
export const CONFLICTS = {
  accounts_email_unique: 'email_taken',
  accounts_username_unique: 'username_taken',
} as const;
