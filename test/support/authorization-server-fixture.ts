import { sha256, utf8 } from '../../shared/bytes.ts';
import { DeploymentJwks } from '../../shared/cache/deployment-jwks.ts';
import type { Clock } from '../../shared/clock.ts';
import { CLIENT_IP_HEADER } from '../../shared/contracts/edge/principal.ts';
import type { Confirmation, OAuthTerms } from '../../shared/contracts/identity/oauth-terms.ts';
import type { Revocation } from '../../shared/contracts/identity/revocation-log.ts';
import type { EndReason, UserSessions } from '../../shared/contracts/identity/user-sessions.ts';
import type { KeysRpc, SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import {
  type AccountId,
  ClientId,
  newAccountId,
  newFamilyId,
  newSessionId,
  type SessionId,
} from '../../shared/ids.ts';
import { hashSecret, newRefreshSecret, seal } from '../../shared/tokens/refresh-token.ts';
import { sealText } from '../../shared/tokens/sealed-text.ts';
import { parseEmailAddress } from '../../workers/identity/accounts/account.ts';
import { createApp } from '../../workers/identity/app.ts';
import type { Client } from '../../workers/identity/oauth/clients/client.ts';
import { LiveTokens } from '../../workers/identity/oauth/tokens/live-tokens.ts';
import type { Services } from '../../workers/identity/services.ts';
import { type AccessTerms, termsOf } from '../../workers/identity/sessions/access-token.ts';
import { issueAccessToken } from '../../workers/identity/sessions/issue-tokens.ts';
import { userSessions } from '../../workers/identity/sessions/user-sessions.ts';
import { fakeServices } from './identity-services.ts';
import { aSigner, forge, jwkSet, type Signer } from './jws-forge.ts';
import { MemoryUser } from './memory-user.ts';
import { aClient } from './oauth-fixture.ts';
import type { PageBrowser } from './page-browser.ts';
import { anOpening, LIMITS } from './user-fixture.ts';

export const SECRET = 'a secret of 256 random bits';

const signers = new Map<SigningAlgorithm, Promise<Signer>>();
function signerOf(alg: SigningAlgorithm): Promise<Signer> {
  const made = signers.get(alg) ?? aSigner(alg);
  signers.set(alg, made);
  return made;
}

const TERMS: OAuthTerms = {
  subject: '',
  browserSessionId: null,
  resources: [],
  claims: null,
  authorizationDetails: [],
  confirmation: null,
  nonce: null,
};

/** What a client was granted, and with which tokens. */
export type Granted = {
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  readonly refreshToken: string;
  readonly accessToken: string;
};

type Down = Parameters<ReturnType<typeof fakeServices>['backend']['down']['has']>[0];

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads any shape and asserts it
type Answer = Omit<Response, 'json'> & { json(): Promise<any> };

/** Tells the revocation log of what it has ended, before it answers. */
class LoggingUser extends MemoryUser {
  readonly #log: Revocation[];

  constructor(clock: Clock, log: Revocation[]) {
    super(clock);
    this.#log = log;
  }

  override async endSession(id: SessionId, reason: EndReason): Promise<boolean> {
    const ended = await super.endSession(id, reason);
    this.#log.push(...this.takeRevocations());
    return ended;
  }
}

/** The provider over memory, with real keys and the real rules of users' objects. */
export class AuthorizationServerFixture {
  readonly backend: ReturnType<typeof fakeServices>['backend'];
  readonly services: Services;
  /** The rings of `keys`, for tests that change what they publish. */
  readonly keys: Pick<KeysRpc, 'signJwt' | 'jwks'>;
  readonly app: ReturnType<typeof createApp>;
  readonly clients = new Map<string, Client>();
  readonly ttl = new Map<string, string>();
  readonly #users = new Map<AccountId, MemoryUser>();

  constructor(more: Partial<Services> = {}) {
    const { backend, services } = fakeServices();
    this.backend = backend;
    const isDown = (part: Down) => {
      if (backend.down.has(part)) throw new Error(`Cannot reach ${part}: switched off by a test`);
    };
    const keys: Pick<KeysRpc, 'signJwt' | 'jwks'> = {
      signJwt: async ({ typ, alg = 'ES256', claims }) => {
        isDown('keys');
        const signer = await signerOf(alg);
        return forge(signer, { typ, alg, kid: signer.kid }, claims);
      },
      jwks: async () => {
        isDown('keys');
        return jwkSet(...(await Promise.all(signers.values()))) as never;
      },
    };
    this.keys = keys;
    const { config, clock, log, revocations } = services;
    const runtime = { clock, log, wait: async () => undefined };
    const ownKeys = new DeploymentJwks('identity.keys', keys, runtime);
    const liveTokens = new LiveTokens({
      config,
      clock,
      ownKeys,
      revocations,
      runtime,
    });
    this.services = {
      ...services,
      keys,
      ownKeys,
      liveTokens,
      clients: {
        find: async (id) => {
          isDown('database');
          return this.clients.get(id);
        },
        keysOf: async ({ jwks }) => jwks ?? [],
        forget: () => undefined,
      },
      users: userSessions(
        (id) => {
          isDown('users');
          return this.elsewhere(id);
        },
        () => this.services.liveTokens.expire(),
      ),
      ttlStore: () => {
        isDown('ttlStore');
        return {
          get: async (key) => this.ttl.get(key),
          put: async (key, value) => void this.ttl.set(key, value),
          putIfAbsent: async (key, value) =>
            !this.ttl.has(key) && this.ttl.set(key, value).size > 0,
          take: async (key) => {
            const value = this.ttl.get(key);
            this.ttl.delete(key);
            return value;
          },
          delete: async (key) => void this.ttl.delete(key),
          health: async () => 'UP',
        };
      },
      ...more,
    };
    this.app = createApp(() => this.services, services.log);
  }

  /** A user's object, as this isolate asks it. */
  user(id: AccountId): UserSessions {
    return this.services.users(id);
  }

  /** A user's object, as another isolate asks it. It tells the revocation log of what has ended. */
  elsewhere(id: AccountId): MemoryUser {
    const user = this.#users.get(id) ?? new LoggingUser(this.services.clock, this.backend.revoked);
    this.#users.set(id, user);
    return user;
  }

  /** Ends a session, and tells until when (seconds) that is remembered. */
  async revokedUntil(accountId: AccountId, sessionId: SessionId): Promise<number | undefined> {
    await this.elsewhere(accountId).endSession(sessionId, 'remote');
    return this.backend.revoked.find(({ id }) => id === sessionId)?.expiresAt;
  }

  /** Registers a client with {@link SECRET}, unless it says otherwise. */
  async client(clientId: string, more: Partial<Client> = {}): Promise<Client> {
    const secrets = [{ hash: await sha256(utf8(SECRET)), expiresAt: null }];
    const client = aClient({ clientId: ClientId.restore(clientId), secrets, ...more });
    this.clients.set(clientId, client);
    return client;
  }

  async account(email = 'Ada@Example.test'): Promise<AccountId> {
    const address = parseEmailAddress(email);
    if (address === undefined) throw new Error('Cannot make an account: no e-mail address');
    const id = newAccountId();
    await this.backend.accounts.create({
      id,
      email: address,
      username: 'ada',
      displayName: 'Ada',
      passwordHash: '',
      roles: ['user'],
      createdAt: this.backend.now,
    });
    return id;
  }

  /** Signs a user in in a browser: a session of our own pages. */
  async signIn(accountId: AccountId): Promise<SessionId> {
    const opening = anOpening({ accountId });
    await this.user(accountId).openSession(opening);
    return opening.grant.sessionId;
  }

  /** Names a session in a browser, as a sign-in does. */
  async nameSession(browser: PageBrowser, accountId: AccountId, id: SessionId): Promise<void> {
    const keys = await this.services.sealingKeys();
    const sealed = await sealText(keys, 'browser session v1', JSON.stringify([accountId, id]));
    const cookie = `__Host-sallyport-session=${sealed}; Path=/; Secure; HttpOnly; SameSite=Lax`;
    await browser.jar.setCookie(cookie, browser.origin);
  }

  /** Grants a client something in a user's name. */
  async grant(
    accountId: AccountId,
    clientId: string,
    more: Partial<OAuthTerms> & {
      readonly scopes?: readonly string[];
      readonly tokenBoundTo?: Confirmation;
    } = {},
    limits = LIMITS,
  ): Promise<Granted> {
    const { scopes = ['openid', 'profile'], tokenBoundTo = null, ...terms } = more;
    const [sessionId, familyId, secret] = [newSessionId(), newFamilyId(), newRefreshSecret()];
    const grant = {
      ...anOpening({ sessionId, accountId }).grant,
      clientId: ClientId.restore(clientId),
      scopes,
      roles: ['user'],
      authTime: this.backend.now,
      oauth: { ...TERMS, subject: accountId, ...terms },
    };
    const secretHash = await hashSecret(secret);
    const parent = terms.browserSessionId ?? null;
    await this.user(accountId).openSession({
      ...anOpening(),
      grant,
      familyId,
      secretHash,
      limits,
      ...(parent === null ? {} : { parentId: parent }),
    });
    const sealingKeys = await this.services.sealingKeys();
    return {
      accountId,
      sessionId,
      refreshToken: await seal(sealingKeys, { accountId, familyId, generation: 0, secret }),
      accessToken: await this.accessToken({
        ...termsOf(grant),
        confirmation: tokenBoundTo,
      }),
    };
  }

  async accessToken(terms: AccessTerms, issuedAt = this.backend.now): Promise<string> {
    const request = { terms, owner: null, issuedAt, now: issuedAt };
    return (await issueAccessToken(request, this.services)).accessToken;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#fetch(path, { headers });
  }

  /** Sends a form, as the client with {@link SECRET} where one is named. */
  post(
    path: string,
    form: Readonly<Record<string, string>> | string[][],
    { as, ...headers }: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const basic = toBase64(`${encodeURIComponent(as ?? '')}:${encodeURIComponent(SECRET)}`);
    return this.#fetch(path, {
      method: 'POST',
      headers: { ...(as === undefined ? {} : { authorization: `Basic ${basic}` }), ...headers },
      body: new URLSearchParams(form),
    });
  }

  async #fetch(path: string, init: RequestInit): Promise<Answer> {
    const headers = new Headers(init.headers);
    headers.set(CLIENT_IP_HEADER, '203.0.113.7');
    return this.fetch(new Request(`http://identity${path}`, { ...init, headers }));
  }

  async fetch(request: Request): Promise<Response> {
    return this.app.fetch(
      request,
      {},
      {
        waitUntil: () => undefined,
        passThroughOnException: () => undefined,
        props: {},
      },
    );
  }
}

const toBase64 = (text: string): string =>
  utf8(text).toBase64({ alphabet: 'base64', omitPadding: false });

/** The claims of a JWT that somebody else has verified. */
export const claimsOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
