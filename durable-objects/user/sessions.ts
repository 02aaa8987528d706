/**
 * A user's sessions: opening, reading, ending and forgetting them.
 *
 * @module
 */

import { ageOf, hours, type Millis, minutes, seconds } from '../../shared/clock.ts';
import type { SessionStatus } from '../../shared/contracts/identity/identity-rpc.ts';
import type {
  AccessTokenRecord,
  EndReason,
  Installation,
  OpenedSession,
  OpenSession,
  Reauthentication,
  SessionGrant,
  SessionRecord,
  SessionView,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { ClientId, SessionId } from '../../shared/ids.ts';
import { addLogout, addNotices } from './destinations.ts';
import { withCurrentRoles } from './roles.ts';
import {
  expiryOf,
  familiesOf,
  isBrowserSession,
  isSameInstallation,
  type LiveSession,
  lastActivity,
  liveSession,
  liveSessions,
  newFamily,
  newSession,
  type Session,
  statusOf,
  type UserStore,
} from './user.ts';

/** How many live sessions a user can have. */
const MAX_SESSIONS = 100;
/** How many of them one client can have been granted before its own make room. */
const MAX_GRANTS_OF_CLIENT = 50;
/** How often activity is written down, at most. */
const TOUCH_INTERVAL = minutes(5);
/** How long a dead session is stored, so that a replay is answered with what became of it. */
export const RETENTION = hours(24);
/** Sweeps are not worth waking up for more often than this. */
const SHORTEST_PAUSE = hours(1);

/**
 * Opens a session with its family.
 *
 * @throws {Error} If an id of the session or its family was used before, or if its parent is not a
 *   live session of the user's own browser.
 */
export function openSession(store: UserStore, request: OpenSession, now: Millis): OpenedSession {
  assertNew(store, request);
  const grant = withCurrentRoles(store, request);
  const session = newSession({ ...request, grant }, parentOf(store, request, now), now);
  const family = newFamily(request, session.absoluteExpiresAt, now);
  store.saveSession(session);
  store.saveFamily(family);
  storeRelyingParty(store, session.grant);
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
  if (parent === undefined || !isBrowserSession(parent)) {
    throw new Error('Cannot open a session: its parent is not a live session of a browser');
  }
  return parent;
}

/** Only while the browser's session is stored, with which the relying party is forgotten. */
function storeRelyingParty(store: UserStore, { clientId, scopes, oauth }: SessionGrant): void {
  const sid = oauth?.browserSessionId ?? null;
  if (oauth === undefined || sid === null || !scopes.includes('openid')) return;
  if (store.session(sid) === undefined) return;
  store.addRelyingParty(sid, { clientId, subject: oauth.subject });
}

/** Who a session is about to be opened for. */
export type Newcomer = {
  readonly clientId: ClientId;
  readonly installation: Installation;
  /** The parent of the session to come, which must not make room for it. */
  readonly parentId: SessionId | undefined;
};

/**
 * Ends live sessions until there is room for another one: first an older grant that the new one
 * replaces, then a grant of a client that has too many, then whatever was least recently active.
 *
 * @returns The grants of the sessions that it ended.
 */
export function makeRoom(
  store: UserStore,
  newcomer: Newcomer,
  now: Millis,
): readonly SessionGrant[] {
  // Some may have expired, so that there is room all the same; but nobody is read for nothing.
  if (store.countUnended() < MAX_SESSIONS) return [];
  const evicted: SessionGrant[] = [];
  for (;;) {
    const live = liveSessions(store, now).map(({ session }) => session);
    const grant = live.length < MAX_SESSIONS ? undefined : evictable(store, live, newcomer);
    if (grant === undefined) return evicted;
    endSession(store, grant.sessionId, 'remote', now);
    evicted.push(grant);
  }
}

/** @param live - The one with the newest activity first. */
function evictable(
  store: UserStore,
  live: readonly Session[],
  { clientId, installation, parentId }: Newcomer,
): SessionGrant | undefined {
  const idlest = live.toReversed().filter(({ grant }) => grant.sessionId !== parentId);
  const ofClient = idlest.filter(
    (session) => session.grant.clientId === clientId && !isBrowserSession(session),
  );
  const replaced = ofClient.find((session) =>
    familiesOf(store, session).some(({ rotatedBy }) => isSameInstallation(rotatedBy, installation)),
  );
  const surplus = ofClient.length < MAX_GRANTS_OF_CLIENT ? undefined : ofClient[0];
  return (replaced ?? surplus ?? idlest[0])?.grant;
}

export function checkSession(store: UserStore, sessionId: SessionId, now: Millis): SessionStatus {
  const session = store.session(sessionId);
  return session === undefined ? 'unknown' : statusOf(session, lastActivity(store, session), now);
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

/** Reads a session that is stored, live or not. */
export function readSession(
  store: UserStore,
  sessionId: SessionId,
  now: Millis,
): SessionRecord | undefined {
  const session = store.session(sessionId);
  if (session === undefined) return undefined;
  const lastActivityAt = lastActivity(store, session);
  return {
    status: statusOf(session, lastActivityAt, now),
    grant: session.grant,
    parentId: session.parentId,
    createdAt: session.createdAt,
    lastActivityAt,
    expiresAt: expiryOf(session, lastActivityAt),
  };
}

export function touchSession(store: UserStore, sessionId: SessionId, now: Millis): void {
  const session = liveSession(store, sessionId, now);
  if (session !== undefined && ageOf(session.touchedAt, now) >= TOUCH_INTERVAL) {
    store.saveSession({ ...session, touchedAt: now });
  }
}

/**
 * An access token is about to be issued that may live longer than any that is known of. Whole minutes are
 * written, so that tokens of one minute cost one row.
 *
 * @returns Whether the session lives.
 */
export function recordAccessToken(
  store: UserStore,
  { sessionId, expiresAt }: AccessTokenRecord,
  now: Millis,
): boolean {
  const session = liveSession(store, sessionId, now);
  if (session === undefined) return false;
  const [family] = familiesOf(store, session);
  if (family !== undefined && seconds(expiresAt) > family.accessUntil) {
    store.saveFamily({ ...family, accessUntil: minutes(Math.ceil(expiresAt / 60)) });
  }
  return true;
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

/**
 * Ends a session and its children, as far as they live, and leaves word of it for others.
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
  const isGrant = session !== undefined && !isBrowserSession(session);
  // One that has expired, or is forgotten already, may have children that live.
  const children = isGrant ? [] : liveChildren(store, sessionId, now);
  const due = session === undefined ? children : [session, ...children];
  for (const each of due) end(store, each, reason, now);
  if (due.length === 0) return 0;
  for (const party of store.relyingParties(sessionId)) addLogout(store, sessionId, party, now);
  return due.length;
}

const liveChildren = (store: UserStore, parentId: SessionId, now: Millis): readonly Session[] =>
  store
    .unendedChildren(parentId)
    .filter((child) => statusOf(child, lastActivity(store, child), now) === 'live');

function end(store: UserStore, session: Session, reason: EndReason, now: Millis): void {
  const families = familiesOf(store, session);
  store.saveSession({ ...session, ended: { at: now, reason } });
  for (const family of families) store.saveFamily({ ...family, revokedAt: now });
  addNotices(store, session.grant.sessionId, reason, families, now);
}

/** Ends every live session but `keep` and its parent. Returns how many. */
export function endAllSessions(
  store: UserStore,
  keep: SessionId | undefined,
  reason: EndReason,
  now: Millis,
): number {
  const parentId = keep && store.session(keep)?.parentId;
  const due = liveSessions(store, now)
    .map(({ session }) => session.grant.sessionId)
    .filter((id) => id !== keep && id !== parentId);
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
    .filter((grant) => grant.clientId === clientId && grant.oauth !== undefined)
    .map((grant) => grant.sessionId);
  return endEach(store, due, reason, now);
}

/** A session may end with its parent before its own turn comes. */
const endEach = (
  store: UserStore,
  ids: readonly SessionId[],
  reason: EndReason,
  now: Millis,
): number => ids.reduce((ended, id) => ended + endSession(store, id, reason, now), 0);

/**
 * Forgets the sessions of which nothing is alive any more, and the codes that expired long ago.
 *
 * @returns When to sweep next; `undefined` if nothing is left.
 */
export function sweep(store: UserStore, now: Millis): Millis | undefined {
  const next = Math.min(
    sweepSessions(store, now),
    sweepCodes(store, now),
    sweepAccount(store, now),
  );
  return next === Number.POSITIVE_INFINITY ? undefined : Math.max(next, now + SHORTEST_PAUSE);
}

function sweepSessions(store: UserStore, now: Millis): Millis {
  const dueAt = new Map<SessionId, Millis>();
  const sessions = store.sessions();
  const put = (id: SessionId, at: Millis) => dueAt.set(id, Math.max(at, dueAt.get(id) ?? 0));
  for (const session of sessions) {
    const at = forgettableAt(store, session);
    put(session.grant.sessionId, at);
    // A parent is stored for as long as its children: its end would have to be told.
    if (session.parentId !== null) put(session.parentId, at);
  }
  let next = Number.POSITIVE_INFINITY;
  for (const session of sessions) {
    const at = dueAt.get(session.grant.sessionId) ?? now;
    if (at <= now) store.forget(session);
    else next = Math.min(next, at);
  }
  return next;
}

function sweepCodes({ codes }: UserStore, now: Millis): Millis {
  codes.forgetExpired(now - RETENTION);
  return (codes.firstExpiry() ?? Number.POSITIVE_INFINITY) + RETENTION;
}

/** Of a user without sessions. A sign-in that read the account before has long ended by then. */
function sweepAccount(store: UserStore, now: Millis): Millis {
  const reading = store.account();
  if (reading === undefined || store.hasSessions()) return Number.POSITIVE_INFINITY;
  const at = reading.readAt + RETENTION;
  if (at > now) return at;
  store.forgetAccount();
  return Number.POSITIVE_INFINITY;
}

/** When the retention is over and no access token is alive either. */
function forgettableAt(store: UserStore, session: Session): Millis {
  const diedAt = session.ended?.at ?? expiryOf(session, lastActivity(store, session));
  const accessUntil = familiesOf(store, session).map((family) => family.accessUntil);
  return Math.max(diedAt + RETENTION, ...accessUntil);
}
