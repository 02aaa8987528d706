import { admit, type Source, succeed } from '../../durable-objects/sign-in-guard/sign-in-guard.ts';
import { toBase64Url } from '../../shared/bytes.ts';
import { DeploymentJwks } from '../../shared/cache/deployment-jwks.ts';
import type { Revocation } from '../../shared/contracts/identity/revocation-log.ts';
import type {
  EndAllSessions,
  EndReason,
  OpenSession,
  RotateRequest,
  SessionView,
  UserSessions,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { KeysRpc, PublicJwk } from '../../shared/contracts/keys/keys-rpc.ts';
import { safeFetch } from '../../shared/http/safe-fetch.ts';
import type { SessionId } from '../../shared/ids.ts';
import type { LogEvent } from '../../shared/telemetry/log.ts';
import { importSealingKeys } from '../../shared/tokens/sealing-keys.ts';
import { CachedAccounts } from '../../workers/identity/accounts/cached-accounts.ts';
import { isAdministrator } from '../../workers/identity/accounts/is-administrator.ts';
import { ObjectSignInGuards } from '../../workers/identity/accounts/sign-in-guard.ts';
import { parseConfig } from '../../workers/identity/config.ts';
import { CachedAssertionIssuers } from '../../workers/identity/oauth/assertion-issuers/assertion-issuer-store.ts';
import { importDpopNonces } from '../../workers/identity/oauth/client-auth/dpop.ts';
import { RemoteKeySets } from '../../workers/identity/oauth/clients/client-jwks.ts';
import { CachedResources } from '../../workers/identity/oauth/resources/resource-store.ts';
import { LiveTokens } from '../../workers/identity/oauth/tokens/live-tokens.ts';
import { rateLimits } from '../../workers/identity/platform/rate-limits.ts';
import type { Services } from '../../workers/identity/services.ts';
import { importPairwiseKey } from '../../workers/identity/sessions/pairwise-subject.ts';
import { userSessions } from '../../workers/identity/sessions/user-sessions.ts';
import { ProviderDocuments } from '../../workers/identity/social/oidc/provider-documents.ts';
import { MemoryAccountStore } from './memory-account-store.ts';
import { MemoryAssertionIssuerStore } from './memory-assertion-issuer-store.ts';
import { MemoryClientDirectory } from './memory-client-directory.ts';
import { MemoryClientStore } from './memory-client-store.ts';
import { MemoryConsentStore } from './memory-consent-store.ts';
import { MemoryIdentityStore } from './memory-identity-store.ts';
import { MemoryInitialAccessTokenStore } from './memory-initial-access-token-store.ts';
import { MemoryResourceStore } from './memory-resource-store.ts';
import { MemorySignInGuardStore } from './memory-sign-in-guard-store.ts';
import { MemoryUser } from './memory-user.ts';

export const SETTINGS = {
  ISSUER: 'https://id.example.test',
  AUDIENCE: '',
  FIRST_PARTY_CLIENT_ID: 'sallyport',
  ACCESS_TOKEN_SECONDS: '900',
  REFRESH_TOKEN_SECONDS: '604800',
  SESSION_IDLE_SECONDS: '86400',
  SESSION_ABSOLUTE_SECONDS: '2592000',
  DATABASE_URL: 'postgresql://user:secret@db.example.test/main',
  AUTHORIZATION_CODE_SECONDS: '60',
  ID_TOKEN_SECONDS: '3600',
  REGISTRATION_MODE: 'open',
  RESOURCE_MODE: 'registered',
  DPOP_NONCE: 'required',
  PUSHED_REQUESTS: 'optional',
  PKCE: 'public',
  OUTBOUND_LOOPBACK: 'off',
  RATE_LIMIT_SCALE: '1000',
  RATE_LIMIT_CLIENT: '6000',
  RATE_LIMIT_SIGN_UP: '30',
  RATE_LIMIT_SIGN_IN_FAILURES: '30',
  RATE_LIMIT_CLIENT_FAILURES: '30',
  RATE_LIMIT_CODE_FAILURES: '30',
  SOCIAL_PROVIDERS: '[]',
  PAIRWISE_SUBJECT_KEY: 'YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8',
  REFRESH_SEALING_KEY: 'ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8',
} as const;

/** Stands where the build's script would. */
export const INSPECTOR_SCRIPT = '"use strict";';

/** A user's object that remembers what it was asked, and answers what a test told it, if it did. */
class FakeUser extends MemoryUser {
  readonly opened: OpenSession[] = [];
  readonly rotations: RotateRequest[] = [];
  readonly ended: unknown[] = [];
  readonly touched: SessionId[] = [];
  status: Awaited<ReturnType<UserSessions['checkSession']>> = 'live';
  rotation: Awaited<ReturnType<UserSessions['rotate']>> | undefined;
  views: readonly SessionView[] | undefined;
  endsSession = true;

  override async openSession(request: OpenSession): ReturnType<UserSessions['openSession']> {
    this.opened.push(request);
    return super.openSession(request);
  }
  override async rotate(request: RotateRequest): ReturnType<UserSessions['rotate']> {
    this.rotations.push(request);
    return this.rotation ?? super.rotate(request);
  }
  override async listSessions(): ReturnType<UserSessions['listSessions']> {
    return this.views ?? super.listSessions();
  }
  override async checkSession(): ReturnType<UserSessions['checkSession']> {
    return this.status;
  }
  override async touchSession(id: SessionId): Promise<void> {
    this.touched.push(id);
  }
  override async endSession(id: SessionId, reason: EndReason): Promise<boolean> {
    this.ended.push([id, reason]);
    await super.endSession(id, reason);
    return this.endsSession;
  }
  override async endAllSessions(request: EndAllSessions): Promise<number> {
    this.ended.push(request);
    await super.endAllSessions(request);
    return 3;
  }
}

/** The services of `identity` over memory. `down` names the parts that fail. */
export function fakeServices(settings: Readonly<Record<string, string>> = {}) {
  const consents = new MemoryConsentStore();
  const accounts = new MemoryAccountStore();
  const clientStore = new MemoryClientStore(consents);
  const clients = new MemoryClientDirectory(clientStore);
  const backend = {
    now: Date.UTC(2026, 10, 23),
    down: new Set<
      'database' | 'users' | 'keys' | 'guards' | 'ttlStore' | 'revocations' | 'connect'
    >(),
    user: new FakeUser((): number => backend.now),
    accounts,
    identities: new MemoryIdentityStore(accounts),
    clients,
    /** What the web answers: an URL to its response. Others cannot be reached. */
    web: new Map<string, (request: Request) => Response | Promise<Response>>(),
    clientStore,
    consents,
    resources: new MemoryResourceStore(),
    /** The audiences of services behind the hub. */
    serviceAudiences: new Set<string>(),
    assertionIssuers: new MemoryAssertionIssuerStore(),
    initialAccessTokens: new MemoryInitialAccessTokenStore(),
    guardStores: new Map<string, MemorySignInGuardStore>(),
    verified: [] as (string | undefined)[],
    published: [] as readonly PublicJwk[],
    signed: [] as Readonly<Record<string, unknown>>[],
    ttl: new Map<string, number>(),
    values: new Map<string, string>(),
    revoked: [] as Revocation[],
    logged: [] as LogEvent[],
    pauses: [] as number[],
    accountsOpened: 0,
    usersWoken: 0,
  };
  const assertReachable = (part: typeof backend.down extends Set<infer Part> ? Part : never) => {
    if (backend.down.has(part)) throw new Error(`Cannot reach ${part}: switched off by a test`);
  };
  const guardStore = (name: string) => {
    assertReachable('guards');
    const store = backend.guardStores.get(name) ?? new MemorySignInGuardStore();
    backend.guardStores.set(name, store);
    return store;
  };
  const keys: Pick<KeysRpc, 'signJwt' | 'jwks'> = {
    signJwt: async ({ claims }) => {
      assertReachable('keys');
      backend.signed.push(claims);
      return `signed.${toBase64Url(new TextEncoder().encode(JSON.stringify(claims)))}.x`;
    },
    jwks: async () => {
      assertReachable('keys');
      return { keys: backend.published };
    },
  };
  const openAccounts = () => {
    backend.accountsOpened += 1;
    assertReachable('database');
    return backend.accounts;
  };
  const resources = () => {
    assertReachable('database');
    return backend.resources;
  };
  const assertionIssuers = () => {
    assertReachable('database');
    return backend.assertionIssuers;
  };
  const revocations: Services['revocations'] = () => ({
    append: async (entries) => void backend.revoked.push(...entries),
    read: async (after) => {
      assertReachable('revocations');
      const position = backend.revoked.length;
      return { position, epoch: 'e', entries: backend.revoked.slice(after), more: false };
    },
  });
  const runtime = { clock: () => backend.now, log: () => undefined, wait: async () => undefined };
  const ownKeys = new DeploymentJwks('identity.keys', keys, runtime);
  const fetchSafely = safeFetch({
    allowLoopback: false,
    issuer: SETTINGS.ISSUER,
    fetch: async (url, init) => {
      const request = new Request(url, init);
      const [path = ''] = request.url.split('?');
      const answer = backend.web.get(request.url) ?? backend.web.get(path);
      if (answer === undefined) throw new TypeError('Cannot connect');
      return answer(request);
    },
  });
  const config = parseConfig({ ...SETTINGS, ...settings });
  const services: Services = {
    config,
    clock: () => backend.now,
    pause: async (duration) => void backend.pauses.push(duration),
    log: (event) => backend.logged.push(event),
    accounts: openAccounts,
    cachedAccounts: new CachedAccounts(() => backend.now, openAccounts),
    administrators: { isAdministrator: (id) => isAdministrator(id, { accounts: openAccounts }) },
    clients,
    fetchSafely,
    providerDocuments: new ProviderDocuments(fetchSafely, () => backend.now),
    identities: () => {
      assertReachable('database');
      return backend.identities;
    },
    clientStore: () => {
      assertReachable('database');
      return backend.clientStore;
    },
    consents: () => {
      assertReachable('database');
      return backend.consents;
    },
    isServiceAudience: async (audience) => {
      assertReachable('connect');
      return backend.serviceAudiences.has(audience);
    },
    resources,
    cachedResources: new CachedResources(() => backend.now, resources),
    assertionIssuers,
    cachedAssertionIssuers: new CachedAssertionIssuers(
      () => backend.now,
      assertionIssuers,
      new RemoteKeySets(fetchSafely, () => backend.now),
    ),
    initialAccessTokens: () => {
      assertReachable('database');
      return backend.initialAccessTokens;
    },
    passwords: {
      hash: async (password) => `$fake$${password}`,
      verify: async (phc, password) => {
        backend.verified.push(phc);
        const isOld = phc === `$old$${password}`;
        return { isRight: isOld || phc === `$fake$${password}`, isOutdated: isOld };
      },
    },
    guards: new ObjectSignInGuards(
      async () => async (kind, text) => `${kind}:${text}`,
      (name) => ({
        admit: async (source: Source) => admit(guardStore(name), source, backend.now),
        succeed: async (source: Source) => succeed(guardStore(name), source, backend.now),
        fail: async () => assertReachable('guards'),
        withdraw: async ({ attempt }) => guardStore(name).removeAttempt(attempt),
      }),
    ),
    rateLimits: rateLimits(config.rateLimits),
    users: userSessions(
      () => {
        backend.usersWoken += 1;
        assertReachable('users');
        return backend.user;
      },
      () => undefined,
    ),
    keys,
    ownKeys,
    liveTokens: new LiveTokens({
      config: parseConfig(SETTINGS),
      ownKeys,
      revocations,
      clock: () => backend.now,
      runtime,
    }),
    pairwiseKey: () => importPairwiseKey(new Uint8Array(32)),
    sealingKeys: () => importSealingKeys({ current: SETTINGS.REFRESH_SEALING_KEY }),
    dpopNonces: async () => (await importDpopNonces(new Uint8Array(32)))(backend.now),
    ttlStore: () => {
      assertReachable('ttlStore');
      return {
        get: async (key) => backend.values.get(key),
        put: async (key, value, ttl) => {
          backend.ttl.set(key, ttl);
          backend.values.set(key, value);
        },
        putIfAbsent: async (key, value, ttl) => {
          if (backend.values.has(key)) return false;
          backend.ttl.set(key, ttl);
          backend.values.set(key, value);
          return true;
        },
        take: async (key) => {
          const value = backend.values.get(key);
          backend.values.delete(key);
          return value;
        },
        delete: async (key) => void backend.values.delete(key),
        health: async () => 'UP',
      };
    },
    revocations,
    inspectorScript: async () => INSPECTOR_SCRIPT,
  };
  return { backend, services };
}
