/**
 * What `identity` reads to answer for a user's tokens.
 *
 * @module
 */

import { equalBytes } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import type {
  RefreshTokenQuery,
  RefreshTokenRecord,
  SessionRecord,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { SessionId } from '../../shared/ids.ts';
import { expiryOf, type Session, statusOf } from './session.ts';
import { lastActivity, type UserStore } from './user.ts';

/** Reads a session that is remembered, live or not. */
export function readSession(
  store: UserStore,
  sessionId: SessionId,
  now: Millis,
): SessionRecord | undefined {
  const session = store.session(sessionId);
  return session && recordOf(session, lastActivity(store, session), now);
}

const recordOf = (session: Session, lastActivityAt: Millis, now: Millis): SessionRecord => ({
  status: statusOf(session, lastActivityAt, now),
  grant: session.grant,
  parentId: session.parentId,
  createdAt: session.createdAt,
  lastActivityAt,
  expiresAt: expiryOf(session, lastActivityAt),
});

/** Says of a refresh token what {@link rotate} would make of it, and changes nothing. */
export function readRefreshToken(
  store: UserStore,
  { familyId, generation, presentedHash }: RefreshTokenQuery,
  now: Millis,
): RefreshTokenRecord | undefined {
  const family = store.family(familyId);
  const session = family && store.session(family.sessionId);
  if (family === undefined || session === undefined) return undefined;
  const isCurrent =
    generation === family.generation && equalBytes(presentedHash, family.secretHash);
  const isLive = statusOf(session, lastActivity(store, session, family), now) === 'live';
  return {
    active: isCurrent && isLive && now < family.refreshExpiresAt,
    clientId: family.clientId,
    grant: session.grant,
    issuedAt: family.rotatedAt,
    expiresAt: family.refreshExpiresAt,
  };
}
