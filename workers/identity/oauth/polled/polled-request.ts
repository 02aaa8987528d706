import type { Millis } from '../../../../shared/clock.ts';
import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { AccountId } from '../../../../shared/ids.ts';

/** What a client asks for that its user is asked about. Every part was checked. */
export type AskedTerms = {
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
};

/**
 * A request that was begun in one place and is answered in another, while its client polls the token
 * endpoint (RFC 8628 §3.4, OpenID Connect CIBA §10.1).
 */
export type PolledRequest = AskedTerms & {
  readonly clientId: string;
  readonly beganAt: Millis;
  readonly expiresAt: Millis;
};

/** What the user said. There is one answer to a request, whoever else would have given another. */
export type Answer = Allowed | { readonly verdict: 'denied'; readonly accountId: AccountId };

export type Allowed = {
  readonly verdict: 'allowed';
  readonly accountId: AccountId;
  /** Of the code in the user's object that the grant is redeemed with, base64url. */
  readonly codeHash: string;
};

/** How fast the client has polled. */
export type Pace = {
  readonly polledAt: Millis;
  /** Seconds to wait between two polls. */
  readonly interval: number;
};
