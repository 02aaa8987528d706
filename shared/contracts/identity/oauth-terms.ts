/**
 * What a user granted an OAuth client besides scopes. It is stored with the session that the grant
 * opened, and repeated in its tokens.
 *
 * @module
 */

import type { SessionId } from '../../ids.ts';

/** The scope to manage the user's account through our own API: profile and sessions. */
export const ACCOUNT_SCOPE = 'account';

/** Uses the hub in the user's name: for clients that are not first-party. */
export const CONNECT_SCOPE = 'connect';

/**
 * Shows a client the roles of the user, who allows it. The scope `roles` lets the client act with
 * them, too.
 */
export const GROUPS_SCOPE = 'groups';

/** Publishes events, and asks clients: for services, by tokens of their own (RFC 6749 §4.4). */
export const PUBLISH_SCOPE = 'connect:publish';

/**
 * The scope to register a team's own services behind the hub, for services with a token of their
 * own.
 */
export const REGISTER_SCOPE = 'connect:register';

/** The key that a token is bound to (RFC 7800 §3.1). */
export type Confirmation = {
  /** Thumbprint of a DPoP key (RFC 9449 §6.1). */
  readonly jkt?: string | undefined;
  /** Thumbprint of a client certificate (RFC 8705 §3.1), base64url. */
  readonly 'x5t#S256'?: string | undefined;
};

/** How one claim was asked for (OpenID Connect Core §5.5.1). `null`: as a voluntary claim. */
export type ClaimRequest = {
  readonly essential?: boolean | undefined;
  readonly value?: unknown;
  readonly values?: readonly unknown[] | undefined;
} | null;

/** The `claims` parameter, parsed (OpenID Connect Core §5.5). */
export type RequestedClaims = {
  readonly userinfo?: Readonly<Record<string, ClaimRequest>> | undefined;
  readonly id_token?: Readonly<Record<string, ClaimRequest>> | undefined;
};

/** One element of `authorization_details` (RFC 9396 §2). */
export type AuthorizationDetail = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The actor of a delegated token and those before it (RFC 8693 §4.1). */
export type Actor = { readonly sub: string; readonly act?: Actor | undefined } & Readonly<
  Record<string, unknown>
>;

export type OAuthTerms = {
  /** The `sub` of the client's tokens: the account id, or a pairwise identifier (Core §8.1). */
  readonly subject: string;
  /** The browser's session in which the user agreed: the `sid` of ID tokens and logout tokens. */
  readonly browserSessionId: SessionId | null;
  /** Resource indicators (RFC 8707). Empty: the deployment's own audience. */
  readonly resources: readonly string[];
  readonly claims: RequestedClaims | null;
  readonly authorizationDetails: readonly AuthorizationDetail[];
  /** The key that the refresh tokens of a public client are bound to (RFC 9449 §5, RFC 8705 §4). */
  readonly confirmation: Confirmation | null;
  /** Repeated in the first ID token (OpenID Connect Core §2). */
  readonly nonce: string | null;
};

/** How the `sub` begins by which one sector knows an account (OpenID Connect Core §8.1). */
export const PAIRWISE_PREFIX = 'pws_';

/** The role that may administer the deployment. */
export const ADMINISTRATOR = 'admin';
