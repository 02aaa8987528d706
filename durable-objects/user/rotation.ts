/**
 * Exchanging a refresh token for its successor.
 *
 * @module
 */

import { equalBytes } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import type {
  RotateError,
  RotateRequest,
  Rotation,
} from '../../shared/contracts/identity/user-sessions.ts';
import { err, ok, type Result, unreachable } from '../../shared/result.ts';
import { isConfirmed } from './confirmation.ts';
import { endSession } from './ending.ts';
import { advance, type Family, judge, renew } from './family.ts';
import { expiryOf, type Session } from './session.ts';
import { lastActivity, type UserStore } from './user.ts';

/** Judges a presented token and acts on the verdict. */
export function rotate(
  store: UserStore,
  request: RotateRequest,
  now: Millis,
): Result<Rotation, RotateError> {
  const family = store.family(request.familyId);
  if (family === undefined) return err({ reason: 'family_unknown' });
  // Before anything else is said or done: another client must neither learn nor revoke.
  if (family.clientId !== request.clientId) return err({ reason: 'client_mismatch' });
  if (family.revokedAt !== null) {
    return err({ reason: 'family_revoked', revokedAt: family.revokedAt });
  }

  const session = sessionOf(store, family);
  const expiredAt = expiryOf(session, lastActivity(store, session, family));
  if (now >= expiredAt) return err({ reason: 'session_expired', expiredAt });
  if (now >= family.refreshExpiresAt) {
    return err({ reason: 'refresh_expired', expiredAt: family.refreshExpiresAt });
  }
  if (!isConfirmed(session.grant.oauth?.confirmation, request.confirmation)) {
    return err({ reason: 'confirmation_mismatch' });
  }
  return act(store, session, family, request, now);
}

function act(
  store: UserStore,
  session: Session,
  family: Family,
  request: RotateRequest,
  now: Millis,
): Result<Rotation, RotateError> {
  const verdict = judge(family, request, now);
  switch (verdict) {
    case 'rotate': {
      const [outcome, turn] = request.keeps === true ? KEEP : ROTATE;
      const next = turn(family, request, session.absoluteExpiresAt, now);
      store.saveFamily(next);
      return ok(rotationOf(outcome, session, next));
    }
    case 'repeat':
      assertSameSuccessor(family, request);
      return ok(rotationOf('duplicate', session, family));
    case 'theft':
      endSession(store, session.grant.sessionId, 'theft', now);
      return err({ reason: 'refresh_reused', generation: request.generation });
    default:
      return unreachable(verdict);
  }
}

const ROTATE = ['rotated', advance] as const;
const KEEP = ['kept', renew] as const;

const rotationOf = (
  outcome: Rotation['outcome'],
  { grant }: Session,
  { generation, rotatedAt, refreshExpiresAt }: Family,
): Rotation => ({ outcome, generation, rotatedAt, refreshExpiresAt, grant });

/** A successor other than the stored one would be taken for theft at its first use. */
function assertSameSuccessor(family: Family, { successorHash }: RotateRequest): void {
  if (!equalBytes(successorHash, family.secretHash)) {
    throw new Error('Cannot repeat a rotation: the successor is not the one that was issued');
  }
}

function sessionOf(store: UserStore, family: Family): Session {
  const session = store.session(family.sessionId);
  if (session === undefined) throw new Error('Cannot rotate: the session of a family is missing');
  return session;
}
