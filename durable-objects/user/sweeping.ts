/**
 * Forgetting sessions of which nothing is alive any more.
 *
 * @module
 */

import { hours, type Millis } from '../../shared/clock.ts';
import { expiryOf, type Session } from './session.ts';
import { familiesOf, lastActivity, type UserStore } from './user.ts';

/** How long a dead session is remembered, so that a replay is answered with what became of it. */
export const RETENTION = hours(24);

/** Sweeps are not worth waking up for more often than this. */
const SHORTEST_PAUSE = hours(1);

/**
 * Forgets what is due.
 *
 * @returns When to sweep next; `undefined` if no session is left.
 */
export function sweep(store: UserStore, now: Millis): Millis | undefined {
  let next = Number.POSITIVE_INFINITY;
  for (const session of store.sessions()) {
    const dueAt = forgettableAt(store, session);
    if (dueAt <= now) store.forget(session);
    else next = Math.min(next, dueAt);
  }
  return next === Number.POSITIVE_INFINITY ? undefined : Math.max(next, now + SHORTEST_PAUSE);
}

/** When the retention is over and no access token is alive either. */
function forgettableAt(store: UserStore, session: Session): Millis {
  const diedAt = session.ended?.at ?? expiryOf(session, lastActivity(store, session));
  const accessUntil = familiesOf(store, session).map((family) => family.accessUntil);
  return Math.max(diedAt + RETENTION, ...accessUntil);
}
