/**
 * Opening a session, and making room for it.
 *
 * @module
 */

import type { Millis } from '../../shared/clock.ts';
import type { OpenedSession, OpenSession } from '../../shared/contracts/sessions.ts';
import { newFamily } from './family.ts';
import { expiryOf, newSession } from './session.ts';
import { endSession, listSessions, type UserStore } from './user.ts';

/** How many live sessions a user can have. */
const MAX_SESSIONS = 100;

/**
 * Ends the least recently active sessions until there is room for another one.
 *
 * @returns How many it ended.
 */
export function makeRoom(store: UserStore, now: Millis): number {
  // Newest activity first, so what is beyond the limit was active the longest ago.
  const surplus = listSessions(store, now).slice(MAX_SESSIONS - 1);
  return surplus.filter(({ sessionId }) => endSession(store, sessionId, 'remote', now)).length;
}

/**
 * Opens a session with its family.
 *
 * @throws {Error} If an id of the session or its family was used before.
 */
export function openSession(store: UserStore, request: OpenSession, now: Millis): OpenedSession {
  assertNew(store, request);
  const session = newSession(request, now);
  const family = newFamily(request, session.absoluteExpiresAt, now);
  store.saveSession(session);
  store.saveFamily(family);
  return { expiresAt: expiryOf(session, now), refreshExpiresAt: family.refreshExpiresAt };
}

/** Saving would overwrite: an id that came back would bring an ended session to life. */
function assertNew(store: UserStore, { grant, familyId }: OpenSession): void {
  if (store.session(grant.sessionId) !== undefined || store.family(familyId) !== undefined) {
    throw new Error('Cannot open a session: its id was used before');
  }
}
