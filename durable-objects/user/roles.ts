/**
 * The user's roles have changed: sessions that are open go on with the new ones.
 *
 * @module
 */

import { type Millis, toNumericDate } from '../../shared/clock.ts';
import type { RolesChanged } from '../../shared/contracts/connect/connect-rpc.ts';
import type { OpenSession, SessionGrant } from '../../shared/contracts/identity/user-sessions.ts';
import { familiesOf, noticeExpiry, type UserStore } from './user.ts';

/** Gives the new roles to every session, and to the sessions that unused codes will open. */
export function changeRoles(store: UserStore, roles: readonly string[], now: Millis): void {
  for (const session of store.unendedSessions()) {
    store.saveSession({ ...session, grant: { ...session.grant, roles } });
  }
  store.codes.changeRoles(roles);
  const changedAt = Math.max(now, (store.roleChange()?.changedAt ?? 0) + 1);
  store.saveRoleChange({ roles, changedAt });
  // What is told is read when it is told, and an older change need not be told any more.
  store.outbox.replace({ destination: 'roles', payload: {}, dueAt: now, expiresAt: null });
}

/** The grant that a session opens with: its sign-in may have read the roles before they changed. */
export function withCurrentRoles(
  store: Pick<UserStore, 'account'>,
  { grant, account }: Pick<OpenSession, 'grant' | 'account'>,
): SessionGrant {
  const last = store.account();
  const isOlder = last !== undefined && (account?.version ?? 0) < last.version;
  return isOlder ? { ...grant, roles: last.roles } : grant;
}

/** What `connect` must know of the last change: once for each `sub` that the sessions' tokens carry. */
export function rolesToTell(store: UserStore, now: Millis): readonly RolesChanged[] {
  const change = store.roleChange();
  if (change === undefined) return [];
  const bySubject = Map.groupBy(store.unendedSessions(), ({ grant }) => subjectOf(grant));
  return Array.from(bySubject, ([subject, sessions]) => ({
    subject,
    ...change,
    // When no token that was issued before the change can be alive.
    until: Math.max(...sessions.map((session) => noticeExpiry(familiesOf(store, session)))),
  })).filter(({ until }) => toNumericDate(now) < until);
}

const subjectOf = ({ oauth, accountId }: SessionGrant): string => oauth?.subject ?? accountId;
