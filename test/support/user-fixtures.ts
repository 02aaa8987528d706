import type { Family } from '../../durable-objects/user/family.ts';
import type { Session } from '../../durable-objects/user/session.ts';
import type { Bytes } from '../../shared/bytes.ts';
import type {
  Installation,
  OpenSession,
  RotateRequest,
  SessionLimits,
} from '../../shared/contracts/sessions.ts';
import {
  AccountId,
  ClientId,
  type FamilyId,
  newFamilyId,
  newSessionId,
  type SessionId,
} from '../../shared/ids.ts';

/** The limits of the default configuration. */
export const LIMITS: SessionLimits = {
  refreshSeconds: 604_800,
  idleSeconds: 86_400,
  absoluteSeconds: 2_592_000,
  accessSeconds: 900,
};

export const CLIENT = ClientId.restore('sallyport');
export const OTHER_CLIENT = ClientId.restore('somebody-else');
export const PHONE: Installation = { installationId: 'phone', fallback: 'phone at home' };
export const LAPTOP: Installation = { installationId: 'laptop', fallback: 'laptop at home' };

/** The hash that the tests give to the secret of a generation. */
export function hashOf(generation: number, secret = 0): Bytes {
  const hash = new Uint8Array(32).fill(secret);
  new DataView(hash.buffer).setUint32(0, generation);
  return hash;
}

/** The n-th session id and family id, in an order that has nothing to do with `n`. */
export const sessionIdOf = (n: number): SessionId => idOf(newSessionId, n);
export const familyIdOf = (n: number): FamilyId => idOf(newFamilyId, n);

const ids = new Map<() => string, string[]>();
function idOf<Id extends string>(make: () => Id, n: number): Id {
  const made = ids.get(make) ?? [];
  ids.set(make, made);
  while (made.length <= n) made.push(make());
  return made[n] as Id;
}

const ACCOUNT = AccountId.restore('6f1c2a34-9d0e-4b57-8c21-3e5f7a9b1d02');

/** A valid request. Tests name only the fields they are about. */
export function anOpening(
  overrides: Partial<OpenSession> & { sessionId?: SessionId; accountId?: AccountId } = {},
): OpenSession {
  const { sessionId = newSessionId(), accountId = ACCOUNT, ...rest } = overrides;
  return {
    grant: {
      sessionId,
      accountId,
      clientId: CLIENT,
      scopes: ['openid', 'offline_access'],
      roles: ['player', 'role with "quotes", and spaces'],
      amr: ['pwd'],
      acr: 'urn:sallyport:acr:pwd',
      authTime: 1_000,
    },
    familyId: newFamilyId(),
    secretHash: hashOf(0),
    origin: { ipAddress: '203.0.113.7', country: 'GR', userAgent: 'test/1.0' },
    device: { name: 'Phone', installationId: 'phone', platform: undefined },
    installation: PHONE,
    limits: LIMITS,
    ...rest,
  };
}

/** The request of an honest client that presents a generation. */
export function aRotation(
  familyId: FamilyId,
  generation: number,
  overrides: Partial<RotateRequest> = {},
): RotateRequest {
  return {
    familyId,
    generation,
    presentedHash: hashOf(generation),
    successorHash: hashOf(generation + 1),
    clientId: CLIENT,
    installation: PHONE,
    limits: LIMITS,
    ...overrides,
  };
}

export function aFamily(overrides: Partial<Family> = {}): Family {
  return {
    familyId: newFamilyId(),
    sessionId: newSessionId(),
    clientId: CLIENT,
    generation: 3,
    secretHash: hashOf(3),
    previousHash: hashOf(2),
    rotatedAt: 5_000,
    rotatedBy: PHONE,
    refreshExpiresAt: 6_000,
    accessUntil: 7_000,
    revokedAt: null,
    ...overrides,
  };
}

export function aSession(overrides: Partial<Session> = {}): Session {
  const { grant, origin } = anOpening();
  return {
    grant,
    parentId: null,
    origin,
    device: {
      fingerprint: 'f',
      installationId: 'i',
      name: 'n',
      type: 't',
      platform: 'p',
      browser: 'b',
    },
    familyIds: [],
    createdAt: 1_000,
    touchedAt: 2_000,
    idleMillis: 3_000,
    absoluteExpiresAt: 9_000,
    ended: null,
    ...overrides,
  };
}
