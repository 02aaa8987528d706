/**
 * Forgetting sessions of which nothing is alive any more.
 *
 * @module
 */

import { hours, type Millis } from '../../shared/clock.ts';
import type { SessionId } from '../../shared/ids.ts';
import { expiryOf, type Session } from './session.ts';
import { familiesOf, lastActivity, type UserStore } from './user.ts';

/** How long a dead session is remembered, so that a replay is answered with what became of it. */
export const RETENTION = hours(24);

/** Sweeps are not worth waking up for more often than this. */
const SHORTEST_PAUSE = hours(1);

/**
 * Forgets what is due.
 *
 * @returns When to sweep next; `undefined` if nothing is left.
 */
export function sweep(store: UserStore, now: Millis): Millis | undefined {
  const next = Math.min(sweepSessions(store, now), sweepCodes(store, now));
  return next === Number.POSITIVE_INFINITY ? undefined : Math.max(next, now + SHORTEST_PAUSE);
}

function sweepSessions(store: UserStore, now: Millis): Millis {
  const dueAt = new Map<SessionId, Millis>();
  const sessions = store.sessions();
  const put = (id: SessionId, at: Millis) => dueAt.set(id, Math.max(at, dueAt.get(id) ?? 0));
  for (const session of sessions) {
    const at = forgettableAt(store, session);
    put(session.grant.sessionId, at);
    // A parent is remembered for as long as its children: its end would have to be told.
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

/** When the retention is over and no access token is alive either. */
function forgettableAt(store: UserStore, session: Session): Millis {
  const diedAt = session.ended?.at ?? expiryOf(session, lastActivity(store, session));
  const accessUntil = familiesOf(store, session).map((family) => family.accessUntil);
  return Math.max(diedAt + RETENTION, ...accessUntil);
}
