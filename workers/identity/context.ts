import type { OpenAPIHono } from '@hono/zod-openapi';

import type { PublishedKeys } from '../../shared/cache/published-keys.ts';
import type { Clock, Millis } from '../../shared/clock.ts';
import type { DpopNonces } from '../../shared/contracts/identity/identity-rpc.ts';
import type { RevocationLog } from '../../shared/contracts/identity/revocation-log.ts';
import type { UserSessions } from '../../shared/contracts/identity/user-sessions.ts';
import type { KeysRpc } from '../../shared/contracts/keys/keys-rpc.ts';
import type { SafeFetch } from '../../shared/http/safe-fetch.ts';
import type { AccountId } from '../../shared/ids.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { SealingKeys } from '../../shared/tokens/sealing-keys.ts';
import type { TtlStore } from '../../shared/ttl-store/ttl-store.ts';
import type { RequestEnv } from '../kit/request.ts';
import type { AdministratorNeeds } from '../kit/require.ts';
import type { AccountStore } from './accounts/account-store.ts';
import type { PasswordHasher } from './accounts/password-hasher.ts';
import type { SignInGuards } from './accounts/sign-in-guard.ts';
import type { Config } from './config.ts';
import type {
  AssertionIssuerStore,
  CachedAssertionIssuers,
} from './oauth/assertion-issuers/assertion-issuer-store.ts';
import type { ConsentStore } from './oauth/authorizations/consent-store.ts';
import type { ClientDirectory } from './oauth/clients/client-directory.ts';
import type { ClientStore } from './oauth/clients/client-store.ts';
import type { InitialAccessTokenStore } from './oauth/register/initial-access-token-store.ts';
import type { CachedResources, ResourceStore } from './oauth/resources/resource-store.ts';
import type { LiveTokens } from './oauth/tokens/live-tokens.ts';
import type { IdentityStore } from './social/identities/identity-store.ts';
import type { ProviderDocuments } from './social/oidc/provider-documents.ts';

/** What the routes need from outside. Made by `services.ts` for real, by tests with fakes. */
export type Services = {
  readonly config: Config;
  readonly clock: Clock;
  readonly pause: (duration: Millis) => Promise<void>;
  readonly log: Log;
  /** Opens a store for one request. */
  readonly accounts: () => AccountStore;
  readonly clients: ClientDirectory;
  /** For every URL that a client, or anybody else, named. */
  readonly fetchSafely: SafeFetch;
  readonly providerDocuments: ProviderDocuments;
  readonly identities: () => IdentityStore;
  readonly clientStore: () => ClientStore;
  readonly consents: () => ConsentStore;
  readonly resources: () => ResourceStore;
  readonly knownResources: CachedResources;
  readonly assertionIssuers: () => AssertionIssuerStore;
  readonly knownAssertionIssuers: CachedAssertionIssuers;
  readonly initialAccessTokens: () => InitialAccessTokenStore;
  readonly administrators: AdministratorNeeds['administrators'];
  readonly passwords: Pick<PasswordHasher, 'hash' | 'verify'>;
  readonly guards: SignInGuards;
  readonly users: (id: AccountId) => UserSessions;
  readonly keys: Pick<KeysRpc, 'signJwt' | 'jwks'>;
  readonly ownKeys: PublishedKeys;
  readonly liveTokens: LiveTokens;
  readonly sealingKeys: () => Promise<SealingKeys>;
  readonly pairwiseKey: () => Promise<CryptoKey>;
  readonly dpopNonces: () => Promise<DpopNonces>;
  readonly ttlStore: () => TtlStore;
  readonly revocations: () => RevocationLog;
  /** What `web/inspector/` is built into. */
  readonly inspectorScript: () => Promise<string>;
};

export type AppEnv = RequestEnv<Services>;

export type IdentityApp = OpenAPIHono<AppEnv>;
