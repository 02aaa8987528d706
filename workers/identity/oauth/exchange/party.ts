import type { NumericDate } from '../../../../shared/clock.ts';
import type {
  Actor,
  AuthorizationDetail,
  Confirmation,
} from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { TokenSession } from '../../tokens/access-claims.ts';

/** Who a token that is to be exchanged stands for, and how far. */
export type Party = {
  readonly subject: string;
  /** The client that it was issued to. */
  readonly clientId: string;
  /** Whom the new token is for where the request does not say. */
  readonly audiences: readonly string[];
  /** Whom else it may be for: the user agreed to them. */
  readonly agreedResources: readonly string[];
  readonly scopes: readonly string[];
  readonly expiresAt: NumericDate;
  readonly authorizationDetails: readonly AuthorizationDetail[];
  /** Whoever presents it must hold this key. */
  readonly confirmation: Confirmation | null;
  /** RFC 8693 §4.1. */
  readonly actor: Actor | null;
  /** RFC 8693 §4.4: nobody else may act. */
  readonly mayAct: JsonObject | null;
  readonly origin: PartyOrigin;
};

/** What stands behind the token. */
export type PartyOrigin =
  /** `null`: a client's own token. */
  | { readonly kind: 'access_token'; readonly session: TokenSession | null }
  /** An ID token names a browser's session, which is no client's. */
  | { readonly kind: 'id_token'; readonly browser: SessionGrant };
