import { env } from 'cloudflare:workers';

import { fromBase64Url } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { RevocationLog } from '../../shared/contracts/identity/revocation-log.ts';
import type { UserSessions } from '../../shared/contracts/identity/user-sessions.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import { type SafeFetch, safeFetch } from '../../shared/http/safe-fetch.ts';
import { remembered } from '../../shared/remembered.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { importSealingKeys } from '../../shared/tokens/sealing-keys.ts';
import { PostgresAccountStore } from './accounts/account-store.ts';
import { type Config, parseConfig } from './config.ts';
import type { Services } from './context.ts';
import { openDatabase } from './database/open-database.ts';
import { PostgresAssertionIssuerStore } from './oauth/assertion-issuers/assertion-issuer-store.ts';
import { KnownAssertionIssuers } from './oauth/assertion-issuers/known-assertion-issuers.ts';
import { CachedClientDirectory } from './oauth/clients/cached-client-directory.ts';
import type { ClientDirectory } from './oauth/clients/client-directory.ts';
import { PostgresClientStore } from './oauth/clients/client-store.ts';
import { MetadataDocuments } from './oauth/clients/metadata-documents.ts';
import { RemoteKeySets } from './oauth/clients/remote-key-sets.ts';
import { PostgresConsentStore } from './oauth/consents/postgres-consent-store.ts';
import { importDpopNonces } from './oauth/dpop/dpop-nonces.ts';
import { importPairwiseKey } from './oauth/pairwise-subject.ts';
import { PostgresInitialAccessTokenStore } from './oauth/register/initial-access-token-store.ts';
import { KnownResources } from './oauth/resources/known-resources.ts';
import { PostgresResourceStore } from './oauth/resources/resource-store.ts';
import { LiveTokens } from './oauth/verify/live-tokens.ts';
import { OwnKeys } from './oauth/verify/own-keys.ts';
import { socialProviders } from './pages/sign-in/social-providers.ts';
import { isolateHashing } from './passwords/argon2-module.ts';
import { PasswordHasher } from './passwords/password-hasher.ts';
import { importKeyedHash } from './sign-in/keyed-hash.ts';
import { ObjectSignInGuards, type SignInGuard } from './sign-in/sign-in-guards.ts';
import { PostgresIdentityStore } from './social/identities/postgres-identity-store.ts';
import { ProviderDocuments } from './social/oidc/provider-documents.ts';
import { tellingOfEnds } from './tokens/endings.ts';
import { ttlStore } from './ttl-store/ttl-store.ts';

const clock = (): number => Date.now();

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
  const clients = isolateClients(config, {
    fetchSafely,
    clientStore,
    ttlStore: () => ttlStore(env),
  });
  const resources = () => new PostgresResourceStore(database());
  const keyedHash = remembered(() => importKeyedHash(secretBytes(config.sealing.current)));
  const noncesAt = remembered(() => importDpopNonces(secretBytes(config.sealing.current)));
  const ownKeys = new OwnKeys(rpc<KeysRpc>(env.KEYS_RPC), clock);
  const revocations = () => rpc<RevocationLog>(env.REVOCATION_LOGS.getByName('log'));
  const runtime = { clock, log: consoleLog, wait: (pause: Millis) => scheduler.wait(pause) };
  const liveTokens = new LiveTokens({ config, clock, ownKeys, revocations, runtime });
  return {
    config,
    clock,
    pause: (duration) => scheduler.wait(duration),
    log: consoleLog,
    accounts: () => new PostgresAccountStore(database()),
    clients,
    fetchSafely,
    providerDocuments: new ProviderDocuments(fetchSafely, clock),
    identities: () => new PostgresIdentityStore(database()),
    clientStore,
    consents: () => new PostgresConsentStore(database()),
    resources,
    knownResources: new KnownResources(clock, resources),
    socialProviders: socialProviders(config.social),
    ...isolateIssuers(fetchSafely, () => new PostgresAssertionIssuerStore(database())),
    initialAccessTokens: () => new PostgresInitialAccessTokenStore(database()),
    passwords: new PasswordHasher({
      hashing: isolateHashing,
      clock,
      pause: (duration) => scheduler.wait(duration),
    }),
    guards: new ObjectSignInGuards(keyedHash, (name) =>
      rpc<SignInGuard>(env.SIGN_IN_GUARDS.getByName(name)),
    ),
    users: (id) =>
      tellingOfEnds(rpc<UserSessions>(env.USERS.getByName(`user:${id}`)), () =>
        liveTokens.expire(),
      ),
    keys: rpc<KeysRpc>(env.KEYS_RPC),
    ownKeys,
    liveTokens,
    sealingKeys: remembered(() => importSealingKeys(config.sealing)),
    pairwiseKey: remembered(() => importPairwiseKey(config.oauth.pairwiseKey)),
    dpopNonces: async () => (await noncesAt())(clock()),
    ttlStore: () => ttlStore(env),
    revocations,
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
    store: clientStore,
    documents: new MetadataDocuments({ ...parts, allowLoopback: config.oauth.allowLoopback }),
    keySets: new RemoteKeySets(fetchSafely, clock),
  });
}

function isolateIssuers(
  fetchSafely: SafeFetch,
  assertionIssuers: Services['assertionIssuers'],
): Pick<Services, 'assertionIssuers' | 'knownAssertionIssuers'> {
  const keySets = new RemoteKeySets(fetchSafely, clock);
  const knownAssertionIssuers = new KnownAssertionIssuers(clock, assertionIssuers, keySets);
  return { assertionIssuers, knownAssertionIssuers };
}

function secretBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(text);
  if (bytes === undefined) throw new TypeError('Cannot read the sealing key: it is not base64url');
  return bytes;
}
