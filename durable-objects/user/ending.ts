/**
 * Ending sessions, and leaving word of it.
 *
 * @module
 */

import type { Millis } from '../../shared/clock.ts';
import type { EndReason } from '../../shared/contracts/identity/user-sessions.ts';
import type { ClientId, SessionId } from '../../shared/ids.ts';
import { DESTINATIONS, noticeExpiry } from './outbox.ts';
import { isBrowsers, type Session, statusOf } from './session.ts';
import { familiesOf, lastActivity, liveSession, liveSessions, type UserStore } from './user.ts';

/**
 * Ends a session and its children, as far as they live.
 *
 * @returns How many sessions it ended.
 */
export function endSession(
  store: UserStore,
  sessionId: SessionId,
  reason: EndReason,
  now: Millis,
): number {
  const session = liveSession(store, sessionId, now);
  const isGrant = session !== undefined && !isBrowsers(session);
  // One that has expired, or is forgotten already, may have children that live.
  const children = isGrant ? [] : liveChildren(store, sessionId, now);
  const due = session === undefined ? children : [session, ...children];
  for (const each of due) end(store, each, reason, now);
  if (due.length > 0) addLogouts(store, sessionId, now);
  return due.length;
}

/** Ends every live session but `keep` and its parent. Returns how many. */
export function endAllSessions(
  store: UserStore,
  keep: SessionId | undefined,
  reason: EndReason,
  now: Millis,
): number {
  const kept = keep && store.session(keep);
  const due = liveSessions(store, now)
    .map(({ session }) => session.grant.sessionId)
    .filter((id) => id !== keep && id !== kept?.parentId);
  return endEach(store, due, reason, now);
}

/** Ends what a client was granted, also by codes that it has not used yet. Returns how many. */
export function endClientSessions(
  store: UserStore,
  clientId: ClientId,
  reason: EndReason,
  now: Millis,
): number {
  store.codes.forgetUnusedOf(clientId);
  const due = liveSessions(store, now)
    .map(({ session }) => session.grant)
    .filter((grant) => grant.clientId === clientId && grant.oauth !== undefined);
  return endEach(
    store,
    due.map((grant) => grant.sessionId),
    reason,
    now,
  );
}

/** A session may end with its parent before its own turn comes. */
const endEach = (
  store: UserStore,
  ids: readonly SessionId[],
  reason: EndReason,
  now: Millis,
): number => ids.reduce((ended, id) => ended + endSession(store, id, reason, now), 0);

function end(store: UserStore, session: Session, reason: EndReason, now: Millis): void {
  const families = familiesOf(store, session);
  store.saveSession({ ...session, ended: { at: now, reason } });
  for (const family of families) store.saveFamily({ ...family, revokedAt: now });

  const { sessionId } = session.grant;
  const expiresAt = noticeExpiry(Math.max(...families.map((family) => family.accessUntil)));
  for (const destination of DESTINATIONS) {
    store.addNotice({ destination, sessionId, reason, expiresAt });
  }
}

const liveChildren = (store: UserStore, parentId: SessionId, now: Millis): readonly Session[] =>
  store
    .unendedChildren(parentId)
    .filter((child) => statusOf(child, lastActivity(store, child), now) === 'live');

function addLogouts(store: UserStore, sessionId: SessionId, now: Millis): void {
  for (const party of store.relyingParties(sessionId)) store.logouts.add(sessionId, party, now);
}
