/**
 * The user's roles have changed: sessions that are open go on with the new ones.
 *
 * @module
 */

import { type Millis, minutes } from '../../shared/clock.ts';
import type { RolesChanged } from '../../shared/contracts/connect/connect-rpc.ts';
import type { SessionGrant } from '../../shared/contracts/identity/user-sessions.ts';
import { noticeExpiry } from './outbox.ts';
import type { RoleChange } from './role-change.ts';
import type { Session } from './session.ts';
import { familiesOf, type UserStore } from './user.ts';

/** How long a sign-in may take from reading the roles to opening its session. */
const SIGN_IN = minutes(1);

/** Gives the new roles to every session, and to what unused codes will open. */
export function changeRoles(store: UserStore, roles: readonly string[], now: Millis): void {
  for (const session of store.unendedSessions()) {
    store.saveSession({ ...session, grant: { ...session.grant, roles } });
  }
  store.codes.changeRoles(roles);
  const changedAt = Math.max(now, (store.roleChange()?.changedAt ?? 0) + 1);
  store.saveRoleChange({ roles, changedAt, told: false, attempts: 0 });
}

/** What a session is opened with: its sign-in may have read the roles before they changed. */
export function withCurrentRoles(store: UserStore, grant: SessionGrant, now: Millis): SessionGrant {
  const change = store.roleChange();
  if (change === undefined || now - change.changedAt > SIGN_IN) return grant;
  return { ...grant, roles: change.roles };
}

/** What `connect` is to be told: once for each `sub` that the tokens of sessions carry. */
export function rolesToTell(
  store: UserStore,
  { roles, changedAt }: RoleChange,
): readonly RolesChanged[] {
  const bySubject = Map.groupBy(store.unendedSessions(), ({ grant }) => subjectOf(grant));
  return Array.from(bySubject, ([subject, sessions]) => ({
    subject,
    roles,
    changedAt,
    until: Math.max(...sessions.map((session) => lastAccess(store, session))),
  }));
}

const subjectOf = ({ oauth, accountId }: SessionGrant): string => oauth?.subject ?? accountId;

/** When no token that was issued before the change can be alive. */
const lastAccess = (store: UserStore, session: Session): number =>
  Math.max(...familiesOf(store, session).map(({ accessUntil }) => noticeExpiry(accessUntil)));
