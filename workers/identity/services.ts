import { env } from 'cloudflare:workers';
import { fromBase64Url } from '../../shared/bytes.ts';
import { cached } from '../../shared/cache/cached.ts';
import { PublishedKeys } from '../../shared/cache/published-keys.ts';
import type { Millis } from '../../shared/clock.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { RevocationLog } from '../../shared/contracts/identity/revocation-log.ts';
import type { UserSessions } from '../../shared/contracts/identity/user-sessions.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import { type SafeFetch, safeFetch } from '../../shared/http/safe-fetch.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { importSealingKeys } from '../../shared/tokens/sealing-keys.ts';
import { PostgresAccountStore } from './accounts/account-store.ts';
import { isolateHashing } from './accounts/argon2-module.ts';
import { isAdministrator } from './accounts/is-administrator.ts';
import { PasswordHasher } from './accounts/password-hasher.ts';
import { importKeyedHash, ObjectSignInGuards, type SignInGuard } from './accounts/sign-in-guard.ts';
import { type Config, parseConfig } from './config.ts';
import type { Services } from './context.ts';
import {
  CachedAssertionIssuers,
  PostgresAssertionIssuerStore,
} from './oauth/assertion-issuers/assertion-issuer-store.ts';
import { PostgresConsentStore } from './oauth/authorizations/consent-store.ts';
import { importDpopNonces } from './oauth/client-auth/dpop.ts';
import { CachedClientDirectory, type ClientDirectory } from './oauth/clients/client-directory.ts';
import { PostgresClientStore } from './oauth/clients/client-store.ts';
import { DocumentClients } from './oauth/clients/document-clients.ts';
import { RemoteKeySets } from './oauth/clients/public-keys.ts';
import { PostgresInitialAccessTokenStore } from './oauth/register/initial-access-token-store.ts';
import { CachedResources, PostgresResourceStore } from './oauth/resources/resource-store.ts';
import { LiveTokens } from './oauth/tokens/live-tokens.ts';
import { openDatabase } from './platform/database.ts';
import { readStaticAsset } from './platform/static-assets.ts';
import { ttlStore } from './platform/ttl-store.ts';
import { importPairwiseKey } from './sessions/pairwise-subject.ts';
import { userSessions } from './sessions/user-sessions.ts';
import { PostgresIdentityStore } from './social/identities/identity-store.ts';
import { ProviderDocuments } from './social/oidc/provider-documents.ts';

const clock = (): number => Date.now();
const pause = (duration: Millis): Promise<void> => scheduler.wait(duration);

let services: Services | undefined;

/**
 * The services of this isolate.
 *
 * @throws {ConfigurationError} At every call, if a setting is wrong.
 */
export function isolateServices(): Services {
  services ??= makeServices(env, parseConfig(env));
  return services;
}

function makeServices(env: IdentityEnv, config: Config): Services {
  const database = () => openDatabase(config.database);
  const fetchSafely = safeFetch({
    allowLoopback: config.oauth.allowLoopback,
    issuer: config.issuer,
    fetch: (...request) => fetch(...request),
  });
  const clientStore = () => new PostgresClientStore(database());
  const openTtlStore = () => ttlStore(env);
  const clients = isolateClients(config, { fetchSafely, clientStore, ttlStore: openTtlStore });
  const accounts = () => new PostgresAccountStore(database());
  const resources = () => new PostgresResourceStore(database());
  const keyedHash = cached(() => importKeyedHash(secretBytes(config.sealing.current)));
  const noncesAt = cached(() => importDpopNonces(secretBytes(config.sealing.current)));
  const runtime = { clock, log: consoleLog, wait: pause };
  const ownKeys = new PublishedKeys('identity.keys', rpc<KeysRpc>(env.KEYS_RPC), runtime);
  const revocations = () => rpc<RevocationLog>(env.REVOCATION_LOGS.getByName('log'));
  const liveTokens = new LiveTokens({ config, clock, ownKeys, revocations, runtime });
  return {
    config,
    clock,
    pause,
    log: consoleLog,
    accounts,
    clients,
    fetchSafely,
    providerDocuments: new ProviderDocuments(fetchSafely, clock),
    identities: () => new PostgresIdentityStore(database()),
    clientStore,
    consents: () => new PostgresConsentStore(database()),
    resources,
    knownResources: new CachedResources(clock, resources),
    ...isolateIssuers(fetchSafely, () => new PostgresAssertionIssuerStore(database())),
    initialAccessTokens: () => new PostgresInitialAccessTokenStore(database()),
    administrators: { isAdministrator: (id) => isAdministrator(id, { accounts }) },
    passwords: new PasswordHasher({ hashing: isolateHashing, clock, pause }),
    guards: new ObjectSignInGuards(keyedHash, (name) =>
      rpc<SignInGuard>(env.SIGN_IN_GUARDS.getByName(name)),
    ),
    users: userSessions(
      (id) => rpc<UserSessions>(env.USERS.getByName(`user:${id}`)),
      () => liveTokens.expire(),
    ),
    keys: rpc<KeysRpc>(env.KEYS_RPC),
    ownKeys,
    liveTokens,
    sealingKeys: cached(() => importSealingKeys(config.sealing)),
    pairwiseKey: cached(() => importPairwiseKey(config.oauth.pairwiseKey)),
    dpopNonces: async () => (await noncesAt())(clock()),
    ttlStore: openTtlStore,
    revocations,
    inspectorScript: cached(() => readStaticAsset(env.ASSETS, 'inspector.js')),
  };
}

function isolateClients(
  config: Config,
  {
    fetchSafely,
    clientStore,
    ttlStore,
  }: Pick<Services, 'fetchSafely' | 'clientStore' | 'ttlStore'>,
): ClientDirectory {
  const parts = { clock, log: consoleLog, fetchSafely, ttlStore };
  return new CachedClientDirectory({
    clock,
    clientStore,
    documentClients: new DocumentClients({ ...parts, allowLoopback: config.oauth.allowLoopback }),
    keySets: new RemoteKeySets(fetchSafely, clock),
  });
}

function isolateIssuers(
  fetchSafely: SafeFetch,
  assertionIssuers: Services['assertionIssuers'],
): Pick<Services, 'assertionIssuers' | 'knownAssertionIssuers'> {
  const keySets = new RemoteKeySets(fetchSafely, clock);
  const knownAssertionIssuers = new CachedAssertionIssuers(clock, assertionIssuers, keySets);
  return { assertionIssuers, knownAssertionIssuers };
}

function secretBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(text);
  if (bytes === undefined) throw new TypeError('Cannot read the sealing key: it is not base64url');
  return bytes;
}
