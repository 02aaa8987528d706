/**
 * A session: how long it lives.
 *
 * @module
 */

import { type Millis, minutes, seconds } from '../../shared/clock.ts';
import type {
  DeviceInfo,
  EndReason,
  OpenSession,
  Origin,
  SessionGrant,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { FamilyId, SessionId } from '../../shared/ids.ts';

export type Session = {
  readonly grant: SessionGrant;
  /** The session that this one does not outlive. */
  readonly parentId: SessionId | null;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly familyIds: readonly FamilyId[];
  readonly createdAt: Millis;
  /** The last activity that was marked here. Rotations are marked on the families instead. */
  readonly touchedAt: Millis;
  readonly idleMillis: Millis;
  readonly absoluteExpiresAt: Millis;
  readonly ended: { readonly at: Millis; readonly reason: EndReason } | null;
};

/** How often activity is written down, at most. */
const TOUCH_INTERVAL = minutes(5);

export function newSession(
  request: OpenSession,
  parent: Session | undefined,
  now: Millis,
): Session {
  const { grant, origin, device, familyId, limits } = request;
  const absoluteExpiresAt = now + seconds(limits.absoluteSeconds);
  return {
    grant,
    parentId: parent?.grant.sessionId ?? null,
    origin,
    device,
    familyIds: [familyId],
    createdAt: now,
    touchedAt: now,
    idleMillis: seconds(limits.idleSeconds),
    absoluteExpiresAt: Math.min(absoluteExpiresAt, parent?.absoluteExpiresAt ?? Infinity),
    ended: null,
  };
}

/** The first moment at which the session is no longer live if nothing happens in it. */
export const expiryOf = (session: Session, lastActivityAt: Millis): Millis =>
  Math.min(lastActivityAt + session.idleMillis, session.absoluteExpiresAt);

export function statusOf(
  session: Session,
  lastActivityAt: Millis,
  now: Millis,
): 'live' | 'ended' | 'expired' {
  if (session.ended !== null) return 'ended';
  return now >= expiryOf(session, lastActivityAt) ? 'expired' : 'live';
}

export const isTouchDue = (session: Session, now: Millis): boolean =>
  now - session.touchedAt >= TOUCH_INTERVAL;

/** Whether the user is signed in to us with it: clients are granted sessions of their own. */
export const isBrowsers = ({ grant, parentId }: Session): boolean =>
  grant.oauth === undefined && parentId === null;
