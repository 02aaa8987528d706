/**
 * What a user's object stores, and when a session is live.
 *
 * Nothing here or in the files beside it reads a clock, draws randomness or knows of Durable Objects,
 * except `user-*.ts`. Every function runs inside one storage transaction. The rules are numbered in
 * `SPEC.md`.
 *
 * @module
 */

import type { Bytes } from '../../shared/bytes.ts';
import { type Millis, type NumericDate, seconds, toNumericDate } from '../../shared/clock.ts';
import type { AccountState } from '../../shared/contracts/identity/identity-rpc.ts';
import type { OAuthTerms } from '../../shared/contracts/identity/oauth-terms.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type {
  DeviceInfo,
  EndReason,
  Installation,
  OpenSession,
  Origin,
  SessionGrant,
  SessionLimits,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { ClientId, FamilyId, SessionId } from '../../shared/ids.ts';
import type { OutboxStore } from '../../shared/sql/outbox.ts';

export type Session = {
  readonly grant: SessionGrant;
  /** The session that this one does not outlive. */
  readonly parentId: SessionId | null;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly familyIds: readonly FamilyId[];
  readonly createdAt: Millis;
  /** The last activity that was marked here. Rotations are marked on the families instead. */
  readonly touchedAt: Millis;
  readonly idleMillis: Millis;
  readonly absoluteExpiresAt: Millis;
  readonly ended: { readonly at: Millis; readonly reason: EndReason } | null;
};

/** All refresh tokens that descend from one sign-in. The newest two generations are stored, as hashes. */
export type Family = {
  readonly familyId: FamilyId;
  readonly sessionId: SessionId;
  readonly clientId: ClientId;
  /** Of the token that works now. */
  readonly generation: number;
  readonly secretHash: Bytes;
  /** Of the token before it. `null` until the first rotation. */
  readonly previousHash: Bytes | null;
  /** When and by whom the newest token was obtained. Sign-in counts as the first rotation. */
  readonly rotatedAt: Millis;
  readonly rotatedBy: Installation;
  readonly refreshExpiresAt: Millis;
  /** When the last access token of the family expires. */
  readonly accessUntil: Millis;
  readonly revokedAt: Millis | null;
};

/** What the session of a code will be granted: settled when the user agreed. */
export type CodeGrant = Omit<SessionGrant, 'sessionId'> & { readonly oauth: OAuthTerms };

export type Code = {
  readonly codeHash: Bytes;
  readonly browserSessionId: SessionId;
  readonly redirectUri: string;
  readonly codeChallenge: string;
  readonly dpopJkt: string | null;
  readonly granted: CodeGrant;
  readonly offline: boolean;
  readonly expiresAt: Millis;
  /** The session that its use opened. `null`: it was not used yet. */
  readonly sessionId: SessionId | null;
};

/** What the object has read of the account, unless it never changed. */
export type AccountReading = Pick<AccountState, 'version' | 'credentialsVersion' | 'roles'> & {
  readonly readAt: Millis;
};

/** The last change of a user's roles. */
export type RoleChange = {
  readonly roles: readonly string[];
  /** Of two changes, the newer has the larger. */
  readonly changedAt: Millis;
};

export const END_REASONS = [
  'logout',
  'remote',
  'theft',
  'admin',
  'account_deleted',
  'revoked',
  'code_reused',
] as const satisfies readonly EndReason[];

/** To whom the object tells what has happened: see `destinations.ts`. */
export const DESTINATIONS = ['revocation-log', 'connect', 'roles', 'logout', 'account'] as const;
export type DestinationName = (typeof DESTINATIONS)[number];

/** Where a user's sessions live. Synchronous, because a Durable Object's SQLite is. */
export interface UserStore {
  readonly codes: CodeStore;
  readonly outbox: OutboxStore<DestinationName>;
  session(sessionId: SessionId): Session | undefined;
  family(familyId: FamilyId): Family | undefined;
  /** Every session that is stored, live or not. */
  sessions(): readonly Session[];
  /** Those that were not ended. Some may have expired. */
  unendedSessions(): readonly Session[];
  /** How many {@link unendedSessions} there are. */
  countUnended(): number;
  unendedChildren(parentId: SessionId): readonly Session[];
  /** Writes one row. */
  saveSession(session: Session): void;
  /** Writes one row. */
  saveFamily(family: Family): void;
  /** Deletes a session, its families, and its relying parties. */
  forget(session: Session): void;
  /** Who holds ID tokens with the `sid` of a session. Each party once. */
  relyingParties(sessionId: SessionId): readonly RelyingParty[];
  addRelyingParty(sessionId: SessionId, party: RelyingParty): void;
  /** `undefined`: the roles are those of the sign-ins. */
  roleChange(): RoleChange | undefined;
  saveRoleChange(change: RoleChange): void;
  /** The newest reading of the account. `undefined`: it has not changed, as far as the object knows. */
  account(): AccountReading | undefined;
  saveAccount(reading: AccountReading): void;
  forgetAccount(): void;
  /** Whether the account was disabled when it was last read. */
  isAccountDisabled(): boolean;
  saveAccountDisabled(isDisabled: boolean): void;
  /** Whether any session is stored. */
  hasSessions(): boolean;
  /**
   * Whether nothing is stored, also of the account, nothing waits to be delivered, and the account is not
   * disabled.
   */
  isEmpty(): boolean;
}

/** Where a user's codes live. */
export interface CodeStore {
  find(codeHash: Bytes): Code | undefined;
  /** Writes one row. */
  save(code: Code): void;
  countUnused(): number;
  /** Of the unused codes. */
  forgetFirstToExpire(): void;
  /** Of the sessions that unused codes will open. */
  changeRoles(roles: readonly string[]): void;
  forgetUnusedOf(clientId: ClientId): void;
  forgetUnused(): void;
  /** Forgets codes, used or not, that expire at or before a moment. */
  forgetExpired(at: Millis): void;
  /** When the first of all codes expires. `undefined`: there is none. */
  firstExpiry(): Millis | undefined;
}

export function newSession(
  request: OpenSession,
  parent: Session | undefined,
  now: Millis,
): Session {
  const { grant, origin, device, familyId, limits } = request;
  const absoluteExpiresAt = now + seconds(limits.absoluteSeconds);
  return {
    grant,
    parentId: parent?.grant.sessionId ?? null,
    origin,
    device,
    familyIds: [familyId],
    createdAt: now,
    touchedAt: now,
    idleMillis: seconds(limits.idleSeconds),
    absoluteExpiresAt: Math.min(absoluteExpiresAt, parent?.absoluteExpiresAt ?? Infinity),
    ended: null,
  };
}

/** The family that a session opens with. */
export function newFamily(request: OpenSession, absoluteExpiresAt: Millis, now: Millis): Family {
  const { grant, familyId, secretHash, installation, limits } = request;
  return {
    familyId,
    sessionId: grant.sessionId,
    clientId: grant.clientId,
    generation: 0,
    secretHash,
    previousHash: null,
    rotatedAt: now,
    rotatedBy: installation,
    refreshExpiresAt: refreshExpiry(limits, absoluteExpiresAt, now),
    accessUntil: now + seconds(limits.accessSeconds),
    revokedAt: null,
  };
}

/** A refresh token does not outlive its session. */
export const refreshExpiry = (
  { refreshSeconds }: Pick<SessionLimits, 'refreshSeconds'>,
  absoluteExpiresAt: Millis,
  now: Millis,
): Millis => Math.min(now + seconds(refreshSeconds), absoluteExpiresAt);

/** Whether the user is signed in to us with it: clients are granted sessions of their own. */
export const isBrowserSession = ({ grant, parentId }: Session): boolean =>
  grant.oauth === undefined && parentId === null;

/**
 * Installation ids decide. An installation that has one always sends it, so one side with an id and
 * one without are two installations.
 */
export const isSameInstallation = (a: Installation, b: Installation): boolean =>
  a.installationId === null && b.installationId === null
    ? a.fallback === b.fallback
    : a.installationId === b.installationId;

/** The first moment at which the session is no longer live if nothing happens in it. */
export const expiryOf = (session: Session, lastActivityAt: Millis): Millis =>
  Math.min(lastActivityAt + session.idleMillis, session.absoluteExpiresAt);

export function statusOf(
  session: Session,
  lastActivityAt: Millis,
  now: Millis,
): 'live' | 'ended' | 'expired' {
  if (session.ended !== null) return 'ended';
  return now >= expiryOf(session, lastActivityAt) ? 'expired' : 'live';
}

export function liveSession(
  store: UserStore,
  sessionId: SessionId,
  now: Millis,
): Session | undefined {
  const session = store.session(sessionId);
  if (session === undefined) return undefined;
  return statusOf(session, lastActivity(store, session), now) === 'live' ? session : undefined;
}

export type LiveSession = { readonly session: Session; readonly lastActivityAt: Millis };

/** The live sessions, newest activity first; of equal ones, the newest session first. */
export function liveSessions(store: UserStore, now: Millis): readonly LiveSession[] {
  return store
    .unendedSessions()
    .map((session) => ({ session, lastActivityAt: lastActivity(store, session) }))
    .filter(({ session, lastActivityAt }) => now < expiryOf(session, lastActivityAt))
    .toSorted(
      (a, b) => b.lastActivityAt - a.lastActivityAt || b.session.createdAt - a.session.createdAt,
    );
}

/** Activity is a sign-in, a rotation, a renewed authentication, or a mark. */
export function lastActivity(store: UserStore, session: Session, read?: Family): Millis {
  const families = familiesOf(store, session, read);
  return Math.max(session.touchedAt, ...families.map((family) => family.rotatedAt));
}

/**
 * @param read - A family that was read already.
 * @throws {Error} If a family is missing: the stored data is corrupt.
 */
export function familiesOf(store: UserStore, session: Session, read?: Family): readonly Family[] {
  return session.familyIds.map((familyId) => {
    const family = familyId === read?.familyId ? read : store.family(familyId);
    if (family === undefined) throw new Error('Cannot read a session: its family is missing');
    return family;
  });
}

/**
 * How long a revocation outlives the tokens it speaks of: for clocks that are behind, and for a reply
 * that was repeated some seconds after its rotation.
 */
const MARGIN = seconds(60);

/** From when on nobody needs to know of a session any more: none of its access tokens is alive. */
export const noticeExpiry = (families: readonly Family[]): NumericDate =>
  toNumericDate(Math.max(...families.map(({ accessUntil }) => accessUntil)) + MARGIN) + 1;
