/**
 * What crosses between `identity` and a user's object: sessions and refresh-token families.
 *
 * @module
 */

import type { Bytes } from '../bytes.ts';
import type { Millis } from '../clock.ts';
import type { AccountId, ClientId, FamilyId, SessionId } from '../ids.ts';
import type { Result } from '../result.ts';
import type { SessionStatus } from './identity-rpc.ts';

/** What the client says of its device at sign-in. All optional, all untrusted. */
export type DeviceInfo = {
  /** Opaque to us: compared, never interpreted. */
  readonly fingerprint?: string | undefined;
  /** Minted by the SDK once per installation. */
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
 * Which installation presents a token: tells a retried request from a stolen token.
 *
 * The installation id decides where both sign-in and refresh carry one; else the fallback does.
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
  /** The life of an access token: how long a revocation must be remembered. */
  readonly accessSeconds: number;
};

/** What the tokens of a session say of it. */
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
};

export type OpenSession = {
  readonly grant: SessionGrant;
  readonly familyId: FamilyId;
  /** SHA-256 of the secret of generation 0. */
  readonly secretHash: Bytes;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly installation: Installation;
  readonly limits: SessionLimits;
};

export type OpenedSession = {
  /** When the session ends if nothing happens in it. */
  readonly expiresAt: Millis;
  readonly refreshExpiresAt: Millis;
};

export type RotateRequest = {
  readonly familyId: FamilyId;
  readonly generation: number;
  /** SHA-256 of the presented secret, and of the secret that would follow it. */
  readonly presentedHash: Bytes;
  readonly successorHash: Bytes;
  readonly clientId: ClientId;
  readonly installation: Installation;
  /** Only the lives of tokens: what a session may last was settled when it opened. */
  readonly limits: Pick<SessionLimits, 'refreshSeconds' | 'accessSeconds'>;
};

export type Rotation = {
  /** `duplicate`: the request was seen before; the same successor is due again, byte for byte. */
  readonly outcome: 'rotated' | 'duplicate';
  /** The successor's generation. */
  readonly generation: number;
  /** When the rotation first happened: the same for a duplicate. */
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
  /** Theft: family and session are revoked by this very call. */
  | { readonly reason: 'refresh_reused'; readonly generation: number };

/** Why a session ended. */
export type EndReason = 'logout' | 'remote' | 'theft' | 'admin' | 'account_deleted';

export type EndAllSessions = {
  readonly keep?: SessionId | undefined;
  readonly reason: EndReason;
};

/** A session as its owner may see it. */
export type SessionView = {
  readonly sessionId: SessionId;
  readonly clientId: ClientId;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly createdAt: Millis;
  readonly lastActivityAt: Millis;
  /** The earlier of the idle and the absolute limit. */
  readonly expiresAt: Millis;
};

/**
 * What a user's object does for `identity`. Its name is `user:<accountId>`.
 *
 * A call that throws has failed to say anything about the token or session: answer 503, never
 * `invalid_grant`.
 */
export interface UserSessions {
  /** Opens a session and its refresh-token family in one transaction. */
  openSession(request: OpenSession): Promise<OpenedSession>;
  /** Judges a presented refresh token. Unseal it first: a made-up one must wake no object. */
  rotate(request: RotateRequest): Promise<Result<Rotation, RotateError>>;
  /** The live sessions, newest activity first. */
  listSessions(): Promise<readonly SessionView[]>;
  checkSession(sessionId: SessionId): Promise<SessionStatus>;
  /** Marks activity. Writes at most once in five minutes for each session. */
  touchSession(sessionId: SessionId): Promise<void>;
  /** Ends a session and its families. `false`: there is no such live session. */
  endSession(sessionId: SessionId, reason: EndReason): Promise<boolean>;
  /** Ends every live session but `keep`. Returns how many. */
  endAllSessions(request: EndAllSessions): Promise<number>;
}
