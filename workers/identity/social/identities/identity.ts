import type { Millis } from '../../../../shared/clock.ts';
import type { AccountId } from '../../../../shared/ids.ts';

/** Somebody as a provider knows them. */
export type IdentityName = {
  /** The provider's id in our configuration. */
  readonly provider: string;
  /** What the provider calls its user, for ever. */
  readonly subject: string;
};

/** What a provider said of its user. For display: it finds no account. */
export type IdentityDetails = {
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly displayName: string | null;
};

/** An identity that signs in to an account. */
export type Identity = IdentityName &
  IdentityDetails & {
    readonly accountId: AccountId;
    readonly linkedAt: Millis;
    readonly lastUsedAt: Millis;
  };

export type NewIdentity = IdentityName &
  IdentityDetails & {
    readonly accountId: AccountId;
    /** The provider's tokens, sealed. `null`: not kept. */
    readonly tokensSealed: string | null;
    readonly linkedAt: Millis;
  };

/** What a sign-in with a known identity leaves behind. */
export type IdentityUse = IdentityName &
  IdentityDetails & {
    /** `null`: those that are kept stay. */
    readonly tokensSealed: string | null;
    readonly usedAt: Millis;
  };

/** The account has the e-mail already, or somebody else the identity. */
export type CreateConflict = { readonly reason: 'email_taken' | 'identity_taken' };

/** `last`: there is no other way into the account. */
export type Unlinking = 'unlinked' | 'unknown' | 'last';
