/**
 * The sessions and refresh-token families that `identity` and a user's object exchange.
 *
 * @module
 */

import type { Bytes } from '../../bytes.ts';
import type { Millis, NumericDate } from '../../clock.ts';
import type { AccountId, ClientId, FamilyId, SessionId } from '../../ids.ts';
import type { Result } from '../../result.ts';
import type { AccountState, SessionStatus } from './identity-rpc.ts';
import type { Confirmation, OAuthTerms } from './oauth-terms.ts';
import type { RelyingParty } from './relying-party.ts';

/** What the client says about its device at sign-in. All members are optional and untrusted. */
export type DeviceInfo = {
  /** Compared, and never interpreted. */
  readonly fingerprint?: string | undefined;
  /** The SDK makes it once per installation. */
  readonly installationId?: string | undefined;
  readonly name?: string | undefined;
  readonly type?: string | undefined;
  readonly platform?: string | undefined;
  readonly browser?: string | undefined;
};

/** Where a request came from, as `edge` saw it. */
export type Origin = {
  readonly ipAddress: string;
  /** ISO 3166-1 alpha-2, where the platform knows it. */
  readonly country: string | null;
  readonly userAgent: string;
};

/**
 * The installation that presents a token, which tells a retried request from a stolen token.
 *
 * The installation id decides. Where neither side has one, the fallback does.
 */
export type Installation = {
  readonly installationId: string | null;
  /** SHA-256, base64url, of client id, user agent and network prefix (/24 or /48) together. */
  readonly fallback: string;
};

/** Lifetimes in seconds, from the configuration of `identity`. */
export type SessionLimits = {
  readonly refreshSeconds: number;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
  /** The lifetime of the access tokens that come with a refresh token, if their resources set no longer one. */
  readonly accessSeconds: number;
};

/** What the tokens of a session carry. */
export type SessionGrant = {
  readonly sessionId: SessionId;
  readonly accountId: AccountId;
  readonly clientId: ClientId;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Authentication methods (RFC 8176), `['pwd']` for a password. */
  readonly amr: readonly string[];
  readonly acr: string;
  /** When the user authenticated: `auth_time`. */
  readonly authTime: Millis;
  /** What an OAuth client was granted. Absent if the user signed in with our own API or pages. */
  readonly oauth?: OAuthTerms | undefined;
};

export type OpenSession = {
  readonly grant: SessionGrant;
  /**
   * The account as whoever vouches for the user has read it. Absent where a live session vouches, which
   * is the parent.
   */
  readonly account?: AccountState | undefined;
  readonly familyId: FamilyId;
  /** SHA-256 of the secret of generation 0. */
  readonly secretHash: Bytes;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly installation: Installation;
  readonly limits: SessionLimits;
  /**
   * The browser's session, which this one does not outlive, for a grant without `offline_access`.
   * If it does not live, opening throws, so read it before.
   */
  readonly parentId?: SessionId | undefined;
};

export type OpenedSession = {
  /** When the session ends if nothing happens in it. */
  readonly expiresAt: Millis;
  readonly refreshExpiresAt: Millis;
};

/** No session opens for an account that is disabled, or by a password that was replaced. */
export type RefusedSession = { readonly refused: 'account_disabled' | 'credentials_replaced' };

export type RotateRequest = {
  readonly familyId: FamilyId;
  readonly generation: number;
  /** SHA-256 of the presented secret, and of the secret that would follow it. */
  readonly presentedHash: Bytes;
  readonly successorHash: Bytes;
  readonly clientId: ClientId;
  readonly installation: Installation;
  /**
   * The key that the presenter has proved to hold. A family that is bound to a key rotates with
   * that key only.
   */
  readonly confirmation?: Confirmation | undefined;
  /**
   * Whether the token stays the same and only its lifetime is renewed (FAPI 2.0 Security Profile
   * §5.3.2.1).
   */
  readonly keeps?: boolean | undefined;
  /** The lifetimes of tokens only, because the limits of a session are fixed when it opens. */
  readonly limits: Pick<SessionLimits, 'refreshSeconds' | 'accessSeconds'>;
};

export type Rotation = {
  /**
   * `duplicate`: the request was seen before and gets the same successor, byte for byte. `kept`:
   * there is no successor, and the presented token is valid for longer.
   */
  readonly outcome: 'rotated' | 'duplicate' | 'kept';
  /** The generation of the token that is valid from now on. */
  readonly generation: number;
  /** When the rotation happened. A duplicate has that time for 10 s, and the time of its own request after that. */
  readonly rotatedAt: Millis;
  readonly refreshExpiresAt: Millis;
  readonly grant: SessionGrant;
};

export type RotateError =
  | { readonly reason: 'family_unknown' }
  | { readonly reason: 'family_revoked'; readonly revokedAt: Millis }
  | { readonly reason: 'session_expired'; readonly expiredAt: Millis }
  | { readonly reason: 'refresh_expired'; readonly expiredAt: Millis }
  | { readonly reason: 'client_mismatch' }
  /**
   * The token was presented with another key than it is bound to. Nothing is revoked, because the
   * presenter cannot use it.
   */
  | { readonly reason: 'confirmation_mismatch' }
  /** The token was stolen. This call revoked its family and its session. */
  | { readonly reason: 'refresh_reused'; readonly generation: number };

/** Why a session ended. */
export type EndReason =
  | 'logout'
  | 'remote'
  | 'theft'
  | 'admin'
  | 'account_deleted'
  /** The client revoked its token (RFC 7009), or the user withdrew consent. */
  | 'revoked'
  /** An authorization code was used twice (RFC 6749 §4.1.2). */
  | 'code_reused';

export type EndAllSessions = {
  readonly keep?: SessionId | undefined;
  readonly reason: EndReason;
};

/** A session as its user may see it. */
export type SessionView = {
  readonly sessionId: SessionId;
  readonly clientId: ClientId;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly createdAt: Millis;
  readonly lastActivityAt: Millis;
  /**
   * The scopes of an OAuth client's grant. Absent if the user signed in with our own API or pages.
   */
  readonly scopes?: readonly string[] | undefined;
  /** The earlier of the idle and the absolute limit. */
  readonly expiresAt: Millis;
};

/** A session as `identity` reads it to tell whether its tokens are valid. */
export type SessionRecord = {
  readonly status: Exclude<SessionStatus, 'unknown'>;
  readonly grant: SessionGrant;
  readonly parentId: SessionId | null;
  readonly createdAt: Millis;
  readonly lastActivityAt: Millis;
  readonly expiresAt: Millis;
};

/** When an access token of a session expires. */
export type AccessTokenRecord = {
  readonly sessionId: SessionId;
  readonly expiresAt: NumericDate;
};

/** The user authenticated again in a live session (OpenID Connect Core §3.1.2.1). */
export type Reauthentication = Pick<SessionGrant, 'sessionId' | 'authTime' | 'amr' | 'acr'> &
  Pick<OpenSession, 'account'>;

/** A change of an account, by somebody who is signed in in one of its sessions or by an administrator. */
export type AccountChange = {
  readonly account: AccountState;
  /** The session in which the user replaced the password: it and its parent stay. */
  readonly keep?: SessionId | undefined;
};

/** An authorization code to store before it is given out (RFC 6749 §4.1.2). */
export type IssueCode = {
  /** SHA-256 of the code's secret. */
  readonly codeHash: Bytes;
  /** The browser's session, which must live. */
  readonly browserSessionId: SessionId;
  readonly clientId: ClientId;
  readonly redirectUri: string;
  /** BASE64URL(SHA-256(code_verifier)) (RFC 7636 §4.2, S256). Empty: its request had none. */
  readonly codeChallenge: string;
  /** The thumbprint in `dpop_jkt` (RFC 9449 §10): the proof key that must redeem the code. */
  readonly dpopJkt: string | null;
  readonly scopes: readonly string[];
  readonly oauth: OAuthTerms;
  /** Whether the grant outlives the browser's session (`offline_access`). */
  readonly offline: boolean;
  readonly expiresAt: Millis;
};

export type IssueCodeError = { readonly reason: 'session_ended' };

export type RedeemCode = {
  readonly codeHash: Bytes;
  readonly clientId: ClientId;
  /**
   * `null` if the request has none, because OAuth 2.1 drops the parameter. It is not compared then.
   */
  readonly redirectUri: string | null;
  /** S256 of the presented `code_verifier`. Empty: none was presented. */
  readonly codeChallenge: string;
  /** The thumbprint of the DPoP key that came with the request. */
  readonly dpopJkt: string | null;
  /** The key that the refresh token of a public client is bound to (RFC 9449 §5, RFC 8705 §4). */
  readonly confirmation: Confirmation | null;
  /** The new ids of the session and family to open. */
  readonly sessionId: SessionId;
  readonly familyId: FamilyId;
  readonly secretHash: Bytes;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly installation: Installation;
  readonly limits: SessionLimits;
};

export type RedeemedCode = {
  readonly grant: SessionGrant;
  readonly offline: boolean;
  /** Read from the clock that also tells when the session expires. */
  readonly redeemedAt: Millis;
  readonly refreshExpiresAt: Millis;
};

export type RedeemError =
  | { readonly reason: 'code_unknown' }
  | { readonly reason: 'code_expired' }
  /** The code was used before. This call ended the session of the first use (RFC 6749 §4.1.2). */
  | { readonly reason: 'code_reused' }
  | { readonly reason: 'client_mismatch' }
  | { readonly reason: 'redirect_uri_mismatch' }
  | { readonly reason: 'verifier_mismatch' }
  | { readonly reason: 'dpop_mismatch' }
  | { readonly reason: 'session_ended' };

/** A refresh token as introspection describes it, without using it up. */
export type RefreshTokenRecord = {
  /** Whether presenting it now would rotate it. */
  readonly active: boolean;
  readonly clientId: ClientId;
  readonly grant: SessionGrant;
  readonly issuedAt: Millis;
  readonly expiresAt: Millis;
};

/**
 * What a user's object does for `identity`. Its name is `user:<accountId>`.
 *
 * A call that throws says nothing about the token or session, so answer 503 and never
 * `invalid_grant`.
 */
export interface UserSessions {
  /** Opens a session and its refresh-token family in one transaction. */
  openSession(request: OpenSession): Promise<OpenedSession | RefusedSession>;
  /**
   * Judges a presented refresh token. Unseal it first, because a made-up one must wake no object.
   */
  rotate(request: RotateRequest): Promise<Result<Rotation, RotateError>>;
  /** The live sessions, newest activity first. */
  listSessions(): Promise<readonly SessionView[]>;
  checkSession(sessionId: SessionId): Promise<SessionStatus>;
  /** Records activity. Writes at most once in five minutes for each session. */
  touchSession(sessionId: SessionId): Promise<void>;
  /**
   * Records when an access token expires that is about to be issued, unless the object knows of a later
   * one. A revocation is kept for as long. Returns `false` if there is no such live session: the token must
   * not be issued.
   */
  recordAccessToken(record: AccessTokenRecord): Promise<boolean>;
  /** Ends a session, its families and its children. Returns `false` if none of them lived. */
  endSession(sessionId: SessionId, reason: EndReason): Promise<boolean>;
  /** Ends every live session but `keep` and its parent. Returns how many. */
  endAllSessions(request: EndAllSessions): Promise<number>;
  /** Reads a stored session, live or not. Returns `undefined` if there is none. */
  readSession(sessionId: SessionId): Promise<SessionRecord | undefined>;
  /**
   * Renews the authentication of a live session. Returns `false` if there is no such live session, or
   * the password that was checked was replaced.
   */
  reauthenticate(request: Reauthentication): Promise<boolean>;
  /** The clients with ID tokens of a stored session, live or not, for front-channel logout. */
  relyingParties(sessionId: SessionId): Promise<readonly RelyingParty[]>;
  /** Ends every live session of a client, and its unused codes. Returns how many sessions ended. */
  endClientSessions(clientId: ClientId, reason: EndReason): Promise<number>;
  /**
   * The account is about to change in the database. The object reads it a little later, so that it
   * learns of the change even if {@link accountChanged} is never called.
   */
  expectAccountChange(): Promise<void>;
  /**
   * The account has changed in the database. A disabled one has no session from then on, a new password
   * ends the sessions before it, and new roles are in the next tokens. An older reading changes nothing.
   */
  accountChanged(change: AccountChange): Promise<void>;
  /** Stores a code until a day after it expired, used or not. */
  issueCode(request: IssueCode): Promise<Result<undefined, IssueCodeError>>;
  /** Judges a code and opens its session, in one transaction. */
  redeemCode(request: RedeemCode): Promise<Result<RedeemedCode, RedeemError>>;
  /** Describes a refresh token without using it. Returns `undefined` if it is unknown. */
  readRefreshToken(token: RefreshTokenQuery): Promise<RefreshTokenRecord | undefined>;
}

export type RefreshTokenQuery = {
  readonly familyId: FamilyId;
  readonly generation: number;
  readonly presentedHash: Bytes;
};
