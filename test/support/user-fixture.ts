import type { Code, CodeGrant, Family, Session } from '../../durable-objects/user/user.ts';
import type { Bytes } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import type { OAuthTerms } from '../../shared/contracts/identity/oauth-terms.ts';
import type {
  Installation,
  IssueCode,
  OpenSession,
  RedeemCode,
  RotateRequest,
  SessionLimits,
} from '../../shared/contracts/identity/user-sessions.ts';
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

export const REDIRECT_URI = 'https://client.example.test/callback';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

export function theTerms(overrides: Partial<OAuthTerms> = {}): OAuthTerms {
  return {
    subject: 'how-the-client-knows-the-user',
    browserSessionId: null,
    resources: ['https://api.example.test'],
    claims: { id_token: { email: null, acr: { essential: true, values: ['a', 1] } } },
    authorizationDetails: [{ type: 'payment', amount: { value: 5 } }],
    confirmation: null,
    nonce: 'n-0S6_WzA2Mj',
    ...overrides,
  };
}

/** A code that is about to be issued in a browser's session. */
export function anIssue(
  browserSessionId: SessionId,
  expiresAt: Millis,
  overrides: Partial<IssueCode> = {},
): IssueCode {
  return {
    codeHash: hashOf(0, 1),
    browserSessionId,
    clientId: OTHER_CLIENT,
    redirectUri: REDIRECT_URI,
    codeChallenge: CHALLENGE,
    dpopJkt: null,
    scopes: ['openid', 'profile'],
    oauth: theTerms({ browserSessionId }),
    offline: false,
    expiresAt,
    ...overrides,
  };
}

/** The request of an honest client that presents {@link anIssue}. */
export function aRedemption(overrides: Partial<RedeemCode> = {}): RedeemCode {
  return {
    codeHash: hashOf(0, 1),
    clientId: OTHER_CLIENT,
    redirectUri: REDIRECT_URI,
    codeChallenge: CHALLENGE,
    dpopJkt: null,
    confirmation: null,
    sessionId: newSessionId(),
    familyId: newFamilyId(),
    secretHash: hashOf(0),
    origin: { ipAddress: '198.51.100.4', country: null, userAgent: 'client/1.0' },
    device: {},
    installation: PHONE,
    limits: LIMITS,
    ...overrides,
  };
}

export function grantedTo(clientId: ClientId): CodeGrant {
  const { sessionId, ...grant } = anOpening().grant;
  return { ...grant, clientId, oauth: theTerms({ browserSessionId: sessionId }) };
}

export function aCode(overrides: Partial<Code> = {}): Code {
  return {
    codeHash: hashOf(0),
    browserSessionId: newSessionId(),
    redirectUri: REDIRECT_URI,
    codeChallenge: CHALLENGE,
    dpopJkt: null,
    granted: grantedTo(OTHER_CLIENT),
    offline: false,
    expiresAt: 8_000,
    sessionId: null,
    ...overrides,
  };
}
