/**
 * A user's sessions: the rules over a {@link UserStore}.
 *
 * Nothing here or in the files it imports reads a clock, draws randomness or knows of Durable
 * Objects. Every function runs inside one storage transaction. The rules are numbered in `SPEC.md`.
 *
 * @module
 */

import type { Millis } from '../../shared/clock.ts';
import type { SessionStatus } from '../../shared/contracts/identity-rpc.ts';
import type { EndReason, SessionView } from '../../shared/contracts/sessions.ts';
import type { FamilyId, SessionId } from '../../shared/ids.ts';
import type { Family } from './family.ts';
import { DESTINATIONS, type Notice, noticeExpiry } from './outbox.ts';
import { expiryOf, isTouchDue, type Session, statusOf } from './session.ts';

/** Where a user's sessions live. Synchronous, because a Durable Object's SQLite is. */
export interface UserStore {
  session(sessionId: SessionId): Session | undefined;
  family(familyId: FamilyId): Family | undefined;
  /** Every session that is remembered. */
  sessions(): readonly Session[];
  /** Those that were not ended. Some may have expired. */
  unendedSessions(): readonly Session[];
  /** Writes one row. */
  saveSession(session: Session): void;
  /** Writes one row. */
  saveFamily(family: Family): void;
  /** Deletes a session and its families. */
  forget(session: Session): void;
  /** Notices in the order in which they were added. */
  notices(): readonly Notice[];
  addNotice(notice: Omit<Notice, 'seq' | 'attempts'>): void;
  removeNotice(seq: number): void;
  /** Counts a failed attempt. Does nothing if the notice is gone. */
  countAttempt(seq: number): void;
  /** Whether any session is remembered. */
  hasSessions(): boolean;
}

/** @throws {Error} If a family is missing: the stored data is corrupt. */
export function familiesOf(store: UserStore, session: Session): readonly Family[] {
  return session.familyIds.map((familyId) => {
    const family = store.family(familyId);
    if (family === undefined) throw new Error('Cannot read a session: its family is missing');
    return family;
  });
}

/** Activity is a sign-in, a rotation, or a mark made by {@link touchSession}. */
export const lastActivity = (store: UserStore, session: Session): Millis =>
  Math.max(session.touchedAt, ...familiesOf(store, session).map((family) => family.rotatedAt));

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

/** The live sessions, newest activity first; of equal ones, the newest session first. */
export function listSessions(store: UserStore, now: Millis): readonly SessionView[] {
  return store
    .unendedSessions()
    .map((session) => viewOf(session, lastActivity(store, session)))
    .filter((view) => now < view.expiresAt)
    .toSorted((a, b) => b.lastActivityAt - a.lastActivityAt || b.createdAt - a.createdAt);
}

function viewOf(session: Session, lastActivityAt: Millis): SessionView {
  const { grant, origin, device, createdAt } = session;
  return {
    sessionId: grant.sessionId,
    clientId: grant.clientId,
    origin,
    device,
    createdAt,
    lastActivityAt,
    expiresAt: expiryOf(session, lastActivityAt),
  };
}

/** Returns whether there was a live session to end. */
export function endSession(
  store: UserStore,
  sessionId: SessionId,
  reason: EndReason,
  now: Millis,
): boolean {
  const session = liveSession(store, sessionId, now);
  if (session === undefined) return false;
  end(store, session, reason, now);
  return true;
}

/** Ends every live session but `keep`. Returns how many. */
export function endAllSessions(
  store: UserStore,
  keep: SessionId | undefined,
  reason: EndReason,
  now: Millis,
): number {
  const ids = listSessions(store, now).map((view) => view.sessionId);
  return ids.filter((id) => id !== keep && endSession(store, id, reason, now)).length;
}

/** Ends a session with its families, and leaves word of it in the outbox. */
export function end(store: UserStore, session: Session, reason: EndReason, now: Millis): void {
  const families = familiesOf(store, session);
  store.saveSession({ ...session, ended: { at: now, reason } });
  for (const family of families) store.saveFamily({ ...family, revokedAt: now });

  const { sessionId } = session.grant;
  const expiresAt = noticeExpiry(Math.max(...families.map((family) => family.accessUntil)));
  for (const destination of DESTINATIONS) {
    store.addNotice({ destination, sessionId, reason, expiresAt });
  }
}

function liveSession(store: UserStore, sessionId: SessionId, now: Millis): Session | undefined {
  const session = store.session(sessionId);
  if (session === undefined) return undefined;
  return statusOf(session, lastActivity(store, session), now) === 'live' ? session : undefined;
}
