/**
 * A user's sessions: the rules over a {@link UserStore}.
 *
 * Nothing here or in the files it imports reads a clock, draws randomness or knows of Durable
 * Objects. Every function runs inside one storage transaction. The rules are numbered in `SPEC.md`.
 *
 * @module
 */

import type { Millis } from '../../shared/clock.ts';
import type { SessionStatus } from '../../shared/contracts/identity/identity-rpc.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type {
  Reauthentication,
  SessionView,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { FamilyId, SessionId } from '../../shared/ids.ts';
import type { CodeStore } from './code.ts';
import type { Family } from './family.ts';
import type { LogoutStore } from './logout.ts';
import type { Notice } from './outbox.ts';
import type { RoleChange } from './role-change.ts';
import { expiryOf, isTouchDue, type Session, statusOf } from './session.ts';

/** Where a user's sessions live. Synchronous, because a Durable Object's SQLite is. */
export interface UserStore {
  readonly codes: CodeStore;
  readonly logouts: LogoutStore;
  session(sessionId: SessionId): Session | undefined;
  family(familyId: FamilyId): Family | undefined;
  /** Every session that is remembered. */
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
  /** Deletes a session, its families, and who relies on it. */
  forget(session: Session): void;
  /** Who holds ID tokens with the `sid` of a session. Each party once. */
  relyingParties(sessionId: SessionId): readonly RelyingParty[];
  addRelyingParty(sessionId: SessionId, party: RelyingParty): void;
  /** `undefined`: the roles are those of the sign-ins. */
  roleChange(): RoleChange | undefined;
  saveRoleChange(change: RoleChange): void;
  /** Notices in the order in which they were added. */
  notices(): readonly Notice[];
  addNotice(notice: Omit<Notice, 'seq' | 'attempts'>): void;
  removeNotice(seq: number): void;
  /** Counts a failed attempt. Does nothing if the notice is gone. */
  countAttempt(seq: number): void;
  /** Whether any session is remembered. */
  hasSessions(): boolean;
  /** Whether nothing is remembered, and nothing waits to be told. */
  isEmpty(): boolean;
}

/**
 * @param known One that was read already.
 * @throws {Error} If a family is missing: the stored data is corrupt.
 */
export function familiesOf(store: UserStore, session: Session, known?: Family): readonly Family[] {
  return session.familyIds.map((familyId) => {
    const family = familyId === known?.familyId ? known : store.family(familyId);
    if (family === undefined) throw new Error('Cannot read a session: its family is missing');
    return family;
  });
}

/** Activity is a sign-in, a rotation, or a mark ({@link touchSession}, {@link reauthenticate}). */
export function lastActivity(store: UserStore, session: Session, known?: Family): Millis {
  const families = familiesOf(store, session, known);
  return Math.max(session.touchedAt, ...families.map((family) => family.rotatedAt));
}

export function checkSession(store: UserStore, sessionId: SessionId, now: Millis): SessionStatus {
  const session = store.session(sessionId);
  return session === undefined ? 'unknown' : statusOf(session, lastActivity(store, session), now);
}

export function touchSession(store: UserStore, sessionId: SessionId, now: Millis): void {
  const session = liveSession(store, sessionId, now);
  if (session !== undefined && isTouchDue(session, now)) {
    store.saveSession({ ...session, touchedAt: now });
  }
}

type LiveSession = { readonly session: Session; readonly lastActivityAt: Millis };

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

export const listSessions = (store: UserStore, now: Millis): readonly SessionView[] =>
  liveSessions(store, now).map(viewOf);

function viewOf({ session, lastActivityAt }: LiveSession): SessionView {
  const { grant, origin, device, createdAt } = session;
  return {
    sessionId: grant.sessionId,
    clientId: grant.clientId,
    origin,
    device,
    createdAt,
    lastActivityAt,
    ...(grant.oauth === undefined ? {} : { scopes: grant.scopes }),
    expiresAt: expiryOf(session, lastActivityAt),
  };
}

/** The user has proved again who they are: that counts as activity. */
export function reauthenticate(
  store: UserStore,
  { sessionId, authTime, amr, acr }: Reauthentication,
  now: Millis,
): boolean {
  const session = liveSession(store, sessionId, now);
  if (session === undefined) return false;
  const grant = { ...session.grant, authTime, amr, acr };
  store.saveSession({ ...session, grant, touchedAt: now });
  return true;
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
