import type { Millis } from '../../../../shared/clock.ts';
import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { AccountId, ClientId } from '../../../../shared/ids.ts';

/** What a user has agreed that a client gets. */
export type Consent = {
  readonly accountId: AccountId;
  readonly clientId: ClientId;
  readonly scopes: readonly string[];
  /** Names of claims that were asked for by the `claims` parameter. */
  readonly claims: readonly string[];
  readonly resources: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
  readonly grantedAt: Millis;
  readonly updatedAt: Millis;
};

export type ConsentGrant = Omit<Consent, 'grantedAt' | 'updatedAt'>;

/** Where consents live. Every method throws `DatabaseFailure` if the database does not answer. */
export interface ConsentStore {
  find(accountId: AccountId, clientId: ClientId): Promise<Consent | undefined>;
  /** Adds to what was agreed before. */
  grant(consent: ConsentGrant, at: Millis): Promise<void>;
  /** Newest first. */
  list(accountId: AccountId): Promise<readonly Consent[]>;
  /** `false`: there was none. */
  withdraw(accountId: AccountId, clientId: ClientId): Promise<boolean>;
}
