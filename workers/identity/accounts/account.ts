import type { Millis } from '../../../shared/clock.ts';
import type { AccountId } from '../../../shared/ids.ts';
import type { EmailAddress } from './email-address.ts';

/** `disabled`: kept, but cannot sign in. */
export type AccountStatus = 'active' | 'disabled';

/** Somebody who can sign in, without what proves it. */
export type Account = {
  readonly id: AccountId;
  /** As its owner typed it. */
  readonly email: string;
  readonly emailVerified: boolean;
  readonly username: string | null;
  readonly displayName: string | null;
  readonly roles: readonly string[];
  readonly status: AccountStatus;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
  readonly lastLoginAt: Millis | null;
};

/**
 * An account and the PHC string of its password, or `null` where its owner signs in with a provider
 * alone. Only sign-in reads it.
 */
export type Credentials = { readonly account: Account; readonly passwordHash: string | null };

export type NewAccount = {
  readonly id: AccountId;
  readonly email: EmailAddress;
  /** Whether it was proved to be the owner's. Absent: not. */
  readonly emailVerified?: boolean | undefined;
  readonly username: string | null;
  readonly displayName: string | null;
  /** `null`: no password signs in to it. */
  readonly passwordHash: string | null;
  readonly roles: readonly string[];
  readonly createdAt: Millis;
};

/** A member that is absent stays as it is; `null` clears it. */
export type ProfileChange = {
  readonly username?: string | undefined;
  readonly displayName?: string | null | undefined;
};

/** Nobody would be left who can undo it. */
export type RolesConflict = { readonly reason: 'last_administrator' };

export type AccountConflict = { readonly reason: 'email_taken' | 'username_taken' };
