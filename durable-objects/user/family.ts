/**
 * A refresh-token family: what a presented token is worth.
 *
 * Only the newest two generations are remembered, by hash. Everything older is theft whatever its
 * secret, because only this system can have sealed it.
 *
 * @module
 */

import { type Bytes, equalBytes } from '../../shared/bytes.ts';
import { type Millis, seconds } from '../../shared/clock.ts';
import type {
  Installation,
  OpenSession,
  RotateRequest,
  SessionLimits,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { ClientId, FamilyId, SessionId } from '../../shared/ids.ts';

export type Family = {
  readonly familyId: FamilyId;
  readonly sessionId: SessionId;
  readonly clientId: ClientId;
  /** Of the token that works now. */
  readonly generation: number;
  readonly secretHash: Bytes;
  /** Of the token before it. `null` until the first rotation. */
  readonly previousHash: Bytes | null;
  /** When and by whom the newest token was obtained. Sign-in counts as the first rotation. */
  readonly rotatedAt: Millis;
  readonly rotatedBy: Installation;
  readonly refreshExpiresAt: Millis;
  /** When the last access token of the family expires. */
  readonly accessUntil: Millis;
  readonly revokedAt: Millis | null;
};

/** How long a lost reply can be asked for again. */
const REPEAT_WINDOW = seconds(10);

export function newFamily(request: OpenSession, absoluteExpiresAt: Millis, now: Millis): Family {
  const { grant, familyId, secretHash, installation, limits } = request;
  return {
    familyId,
    sessionId: grant.sessionId,
    clientId: grant.clientId,
    generation: 0,
    secretHash,
    previousHash: null,
    rotatedAt: now,
    rotatedBy: installation,
    refreshExpiresAt: refreshExpiry(limits, absoluteExpiresAt, now),
    accessUntil: now + seconds(limits.accessSeconds),
    revokedAt: null,
  };
}

/** The family after a rotation. */
export function advance(
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

/** The family after its token was used and kept. Whatever came before it is worth nothing any more. */
export function renew(
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

/** What a token is worth that the right client presents to a live family. */
export function judge(
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
    now - family.rotatedAt <= REPEAT_WINDOW &&
    sameInstallation(installation, family.rotatedBy);
  return isRepeat ? 'repeat' : 'theft';
}

/** Installation ids decide where both have one. */
function sameInstallation(a: Installation, b: Installation): boolean {
  return a.installationId !== null && b.installationId !== null
    ? a.installationId === b.installationId
    : a.fallback === b.fallback;
}

type RefreshLimits = Pick<SessionLimits, 'refreshSeconds'>;

const refreshExpiry = (limits: RefreshLimits, absolute: Millis, now: Millis): Millis =>
  Math.min(now + seconds(limits.refreshSeconds), absolute);
