import { env } from 'cloudflare:workers';
import { fromBase64Url } from '../../shared/bytes.ts';
import { cached } from '../../shared/cache/cached.ts';
import { DeploymentJwks } from '../../shared/cache/deployment-jwks.ts';
import type { Millis } from '../../shared/clock.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { ConnectRpc } from '../../shared/contracts/connect/connect-rpc.ts';
import type { RevocationLog } from '../../shared/contracts/identity/revocation-log.ts';
import type { UserSessions } from '../../shared/contracts/identity/user-sessions.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import { type SafeFetch, safeFetch } from '../../shared/http/safe-fetch.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { importSealingKeys } from '../../shared/tokens/sealing-keys.ts';
import { PostgresAccountStore } from './accounts/account-store.ts';
import { isolateHashing } from './accounts/argon2-module.ts';
import { CachedAccounts } from './accounts/cached-accounts.ts';
import { type IsAdministratorNeeds, isAdministrator } from './accounts/is-administrator.ts';
import { PasswordHasher } from './accounts/password-hasher.ts';
import {
  importKeyedHash,
  ObjectSignInGuards,
  type SignInGuard,
  type SignInGuards,
} from './accounts/sign-in-guard.ts';
import type { AppNeeds } from './app.ts';
import { type Config, parseConfig } from './config.ts';
import type { HealthNeeds } from './health.ts';
import {
  type AssertionIssuerStore,
  CachedAssertionIssuers,
  PostgresAssertionIssuerStore,
} from './oauth/assertion-issuers/assertion-issuer-store.ts';
import { PostgresConsentStore } from './oauth/authorize/consent-store.ts';
import { type DpopNonceNeeds, importDpopNonces } from './oauth/client-auth/dpop.ts';
import { CachedClientDirectory } from './oauth/clients/client-directory.ts';
import { RemoteKeySets } from './oauth/clients/client-jwks.ts';
import { PostgresClientStore } from './oauth/clients/client-store.ts';
import { DocumentClients } from './oauth/clients/document-clients.ts';
import type { LogoutRelyingPartiesNeeds } from './oauth/logout/back-channel-logout.ts';
import { PostgresInitialAccessTokenStore } from './oauth/register/initial-access-token-store.ts';
import { CachedResources, PostgresResourceStore } from './oauth/resources/resource-store.ts';
import type { TakenAudiencesNeeds } from './oauth/resources/taken-audiences.ts';
import { LiveTokens } from './oauth/tokens/live-tokens.ts';
import { type Database, openDatabase } from './platform/database.ts';
import { rateLimits } from './platform/rate-limits.ts';
import { readStaticAsset } from './platform/static-assets.ts';
import { ttlStore } from './platform/ttl-store.ts';
import { importPairwiseKey } from './sessions/pairwise-subject.ts';
import type { StrongCheckNeeds } from './sessions/token-status.ts';
import { userSessions } from './sessions/user-sessions.ts';
import { PostgresIdentityStore } from './social/identities/identity-store.ts';
import { ProviderDocuments } from './social/oidc/provider-documents.ts';

const clock = (): number => Date.now();
const pause = (duration: Millis): Promise<void> => scheduler.wait(duration);

/** What the methods of the entrypoint need. */
type EntrypointNeeds = StrongCheckNeeds &
  TakenAudiencesNeeds &
  IsAdministratorNeeds &
  LogoutRelyingPartiesNeeds &
  DpopNonceNeeds &
  HealthNeeds;

/** What is composed here: all that the routes and the entrypoint need. */
export type Services = AppNeeds & EntrypointNeeds;

let services: Services | undefined;

/**
 * What this isolate runs with.
 *
 * @throws {ConfigurationError} At every call, if a setting is wrong.
 */
export function isolateServices(): Services {
  services ??= makeServices(env, parseConfig(env));
  return services;
}

function makeServices(bindings: IdentityEnv, config: Config): Services {
  const log = consoleLog;
  const stores = storesIn(() => openDatabase(config.database));
  const openTtlStore = () => ttlStore(bindings);
  const revocations = () => rpc<RevocationLog>(bindings.REVOCATION_LOGS.getByName('log'));
  const keys = rpc<KeysRpc>(bindings.KEYS_RPC);

  const fetchSafely = outbound(config);
  const { allowLoopback } = config.oauth;
  const isServiceAudience = async (audience: string): Promise<boolean> =>
    rpc<ConnectRpc>(bindings.CONNECT_RPC).isServiceAudience(audience);
  const outside = { fetchSafely, allowLoopback, isServiceAudience };
  const clients = new CachedClientDirectory({
    clock,
    clientStore: stores.clients,
    documentClients: new DocumentClients({ clock, log, ttlStore: openTtlStore, ...outside }),
    keySets: new RemoteKeySets(fetchSafely, clock),
  });

  const runtime = { clock, log, wait: pause };
  const ownKeys = new DeploymentJwks('identity.keys', keys, runtime);
  const liveTokens = new LiveTokens({ config, clock, ownKeys, revocations, runtime });
  const sealingKey = () => secretBytes(config.sealing.current);
  const noncesAt = cached(() => importDpopNonces(sealingKey()));

  return {
    config,
    clock,
    pause,
    log,
    accounts: stores.accounts,
    cachedAccounts: new CachedAccounts(clock, stores.accounts),
    administrators: { isAdministrator: (id) => isAdministrator(id, stores) },
    passwords: new PasswordHasher({ hashing: isolateHashing, clock, pause }),
    guards: signInGuards(bindings, sealingKey),
    rateLimits: rateLimits(config.rateLimits),
    users: userSessions(
      (id) => rpc<UserSessions>(bindings.USERS.getByName(`user:${id}`)),
      () => liveTokens.expire(),
    ),
    keys,
    ownKeys,
    liveTokens,
    revocations,
    sealingKeys: cached(() => importSealingKeys(config.sealing)),
    pairwiseKey: cached(() => importPairwiseKey(config.oauth.pairwiseKey)),
    dpopNonces: async () => (await noncesAt())(clock()),
    ttlStore: openTtlStore,
    clients,
    clientStore: stores.clients,
    isServiceAudience,
    consents: stores.consents,
    resources: stores.resources,
    cachedResources: new CachedResources(clock, stores.resources),
    assertionIssuers: stores.assertionIssuers,
    cachedAssertionIssuers: issuerCache(stores.assertionIssuers, fetchSafely),
    initialAccessTokens: stores.initialAccessTokens,
    fetchSafely,
    providerDocuments: new ProviderDocuments(fetchSafely, clock),
    identities: stores.identities,
    inspectorScript: cached(() => readStaticAsset(bindings.ASSETS, 'inspector.js')),
  };
}

/** Fetches what others publish. A URL of theirs must not lead to us, or into a private network. */
const outbound = ({ issuer, oauth: { allowLoopback } }: Config): SafeFetch =>
  safeFetch({ issuer, allowLoopback, fetch: (...request) => fetch(...request) });

/** The stores of this Worker's schema. Each is opened for one request: a database client is no longer kept. */
const storesIn = (database: () => Database) => ({
  accounts: () => new PostgresAccountStore(database()),
  clients: () => new PostgresClientStore(database()),
  consents: () => new PostgresConsentStore(database()),
  resources: () => new PostgresResourceStore(database()),
  assertionIssuers: () => new PostgresAssertionIssuerStore(database()),
  initialAccessTokens: () => new PostgresInitialAccessTokenStore(database()),
  identities: () => new PostgresIdentityStore(database()),
});

const issuerCache = (
  store: () => AssertionIssuerStore,
  fetchSafely: SafeFetch,
): CachedAssertionIssuers =>
  new CachedAssertionIssuers(clock, store, new RemoteKeySets(fetchSafely, clock));

function signInGuards(
  bindings: IdentityEnv,
  sealingKey: () => Uint8Array<ArrayBuffer>,
): SignInGuards {
  const keyedHash = cached(() => importKeyedHash(sealingKey()));
  return new ObjectSignInGuards(keyedHash, (name) =>
    rpc<SignInGuard>(bindings.SIGN_IN_GUARDS.getByName(name)),
  );
}

/** @throws {TypeError} If the text is not base64url, which {@link parseConfig} excludes. */
function secretBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(text);
  if (bytes === undefined) throw new TypeError('Cannot read the sealing key: it is not base64url');
  return bytes;
}
