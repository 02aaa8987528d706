/**
 * Opening a session, and making room for it.
 *
 * @module
 */

import type { Millis } from '../../shared/clock.ts';
import type {
  OpenedSession,
  OpenSession,
  SessionGrant,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { SessionId } from '../../shared/ids.ts';
import { endSession } from './ending.ts';
import { newFamily } from './family.ts';
import { withCurrentRoles } from './roles.ts';
import { expiryOf, isBrowsers, newSession, type Session } from './session.ts';
import { liveSession, liveSessions, type UserStore } from './user.ts';

/** How many live sessions a user can have. */
const MAX_SESSIONS = 100;

/**
 * Ends the least recently active sessions until there is room for another one, grants before
 * sessions of browsers: a client that signs in over and over must not sign the user out elsewhere.
 *
 * @param keep The parent of the session to come.
 * @returns How many it ended.
 */
export function makeRoom(store: UserStore, keep: SessionId | undefined, now: Millis): number {
  // Some may have expired, so that there is room all the same; but nobody is read for nothing.
  if (store.countUnended() < MAX_SESSIONS) return 0;
  const live = liveSessions(store, now).map(({ session }) => session);
  const surplus = live.length - (MAX_SESSIONS - 1);
  let ended = 0;
  for (const { grant } of live.toReversed().toSorted(grantsFirst)) {
    if (ended >= surplus) break;
    if (grant.sessionId !== keep) ended += endSession(store, grant.sessionId, 'remote', now);
  }
  return ended;
}

const grantsFirst = (a: Session, b: Session): number =>
  Number(isBrowsers(a)) - Number(isBrowsers(b));

/**
 * Opens a session with its family.
 *
 * @throws {Error} If an id of the session or its family was used before, or if its parent is not a
 *   live session of the user's own browser.
 */
export function openSession(store: UserStore, request: OpenSession, now: Millis): OpenedSession {
  assertNew(store, request);
  const grant = withCurrentRoles(store, request.grant, now);
  const session = newSession({ ...request, grant }, parentOf(store, request, now), now);
  const family = newFamily(request, session.absoluteExpiresAt, now);
  store.saveSession(session);
  store.saveFamily(family);
  rememberRelyingParty(store, session.grant);
  return { expiresAt: expiryOf(session, now), refreshExpiresAt: family.refreshExpiresAt };
}

/** Saving would overwrite: an id that came back would bring an ended session to life. */
function assertNew(store: UserStore, { grant, familyId }: OpenSession): void {
  if (store.session(grant.sessionId) !== undefined || store.family(familyId) !== undefined) {
    throw new Error('Cannot open a session: its id was used before');
  }
}

function parentOf(store: UserStore, { parentId }: OpenSession, now: Millis): Session | undefined {
  if (parentId === undefined) return undefined;
  const parent = liveSession(store, parentId, now);
  if (parent === undefined || !isBrowsers(parent)) {
    throw new Error('Cannot open a session: its parent is not a live session of a browser');
  }
  return parent;
}

/** Only while the browser's session is remembered, with which the relying party is forgotten. */
function rememberRelyingParty(store: UserStore, { clientId, scopes, oauth }: SessionGrant): void {
  const sid = oauth?.browserSessionId ?? null;
  if (oauth === undefined || sid === null || !scopes.includes('openid')) return;
  if (store.session(sid) === undefined) return;
  store.addRelyingParty(sid, { clientId, subject: oauth.subject });
}
