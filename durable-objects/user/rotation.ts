/**
 * Exchanging a refresh token for its successor, and telling reuse from a lost reply.
 *
 * Only the newest two generations of a family are stored. Everything older is theft whatever its
 * secret, because only this system can have sealed it.
 *
 * @see [RFC 9700 §4.14.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2)
 * @module
 */

import { equalBytes } from '../../shared/bytes.ts';
import { ageOf, type Millis, minutes, seconds } from '../../shared/clock.ts';
import type {
  Installation,
  RefreshTokenQuery,
  RefreshTokenRecord,
  RotateError,
  RotateRequest,
  Rotation,
} from '../../shared/contracts/identity/user-sessions.ts';
import { isConfirmed } from '../../shared/oauth/confirmation.ts';
import { err, ok, type Result, unreachable } from '../../shared/result.ts';
import { endSession } from './sessions.ts';
import {
  expiryOf,
  type Family,
  isSameInstallation,
  lastActivity,
  refreshExpiry,
  type Session,
  statusOf,
  type UserStore,
} from './user.ts';

/** A repetition within this time is answered with the same tokens, and nothing is written. */
const SAME_ANSWER = seconds(10);
/**
 * How long an installation may repeat itself that only its network and user agent tell from others,
 * which an attacker in the same office shares.
 */
const UNNAMED_REPEAT = minutes(2);

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
  const verdict = judgeUse(family, request, now);
  switch (verdict) {
    case 'rotate': {
      const [outcome, next] =
        request.keeps === true
          ? (['kept', renew(family, request, session.absoluteExpiresAt, now)] as const)
          : (['rotated', advance(family, request, session.absoluteExpiresAt, now)] as const);
      store.saveFamily(next);
      return ok(rotationOf(outcome, session, next));
    }
    case 'repeat': {
      assertSameSuccessor(family, request);
      if (ageOf(family.rotatedAt, now) <= SAME_ANSWER) {
        return ok(rotationOf('duplicate', session, family));
      }
      const repeated = repeat(family, request, now);
      store.saveFamily(repeated);
      return ok(rotationOf('duplicate', session, repeated));
    }
    case 'theft':
      endSession(store, session.grant.sessionId, 'theft', now);
      return err({ reason: 'refresh_reused', generation: request.generation });
    default:
      return unreachable(verdict);
  }
}

/** What a token is worth that the right client presents to a live family. */
function judgeUse(
  family: Family,
  { generation, presentedHash, installation }: RotateRequest,
  now: Millis,
): 'rotate' | 'repeat' | 'theft' {
  if (generation === family.generation) {
    return equalBytes(presentedHash, family.secretHash) ? 'rotate' : 'theft';
  }
  const isRepeat =
    generation === family.generation - 1 &&
    family.previousHash !== null &&
    equalBytes(presentedHash, family.previousHash) &&
    mayRepeat(installation, family, now);
  return isRepeat ? 'repeat' : 'theft';
}

/** Whether the installation that rotated a family last asks again, because the answer was lost. */
const mayRepeat = (
  installation: Installation,
  { rotatedBy, rotatedAt }: Family,
  now: Millis,
): boolean =>
  isSameInstallation(installation, rotatedBy) &&
  (installation.installationId !== null || ageOf(rotatedAt, now) <= UNNAMED_REPEAT);

/** The family after a rotation. */
function advance(
  family: Family,
  request: RotateRequest,
  absoluteExpiresAt: Millis,
  now: Millis,
): Family {
  return {
    ...renew(family, request, absoluteExpiresAt, now),
    generation: family.generation + 1,
    secretHash: request.successorHash,
    previousHash: family.secretHash,
  };
}

/**
 * The family after an answer was asked for again whose access token may have expired meanwhile. The
 * tokens are issued anew; generation and secrets stay, so the successor is the same.
 */
const repeat = (family: Family, { limits }: RotateRequest, now: Millis): Family => ({
  ...family,
  rotatedAt: now,
  accessUntil: Math.max(family.accessUntil, now + seconds(limits.accessSeconds)),
});

/** The family after its token was used and kept. The previous generation is no longer accepted as a repetition. */
function renew(
  family: Family,
  { installation, limits }: RotateRequest,
  absoluteExpiresAt: Millis,
  now: Millis,
): Family {
  return {
    ...family,
    previousHash: null,
    rotatedAt: now,
    rotatedBy: installation,
    refreshExpiresAt: refreshExpiry(limits, absoluteExpiresAt, now),
    // A shorter life in today's configuration does not shorten tokens that are out already.
    accessUntil: Math.max(family.accessUntil, now + seconds(limits.accessSeconds)),
  };
}

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
