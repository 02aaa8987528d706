import { Api } from './auth/api.ts';
import { Authenticator } from './auth/authenticator.ts';
import { ServerClock } from './auth/server-clock.ts';
import type { Session, TokenSource } from './auth/session.ts';
import { memoryStorage, type SessionStorage, SessionStore } from './auth/session-store.ts';
import { SallyportError } from './common/errors.ts';
import { Listeners, type Stop } from './common/listeners.ts';
import { platform, type SocketConstructor } from './common/platform.ts';
import type { ApiTypes } from './hub/api-types.ts';
import { type Decompress, decompressBrotli } from './hub/frame-socket.ts';
import { Hub } from './hub/hub.ts';

/** A source of access tokens outside the SDK, such as an OAuth library. */
export interface TokenProvider {
  /**
   * @param request `stale` is a token that the server refuses, or will refuse soon: return a newer
   *   one if you can.
   */
  get(request: { readonly stale?: string }): Promise<string>;
}

export type SallyportOptions = {
  /** The address of the deployment, such as `https://id.example.com`. */
  readonly issuer: string;
  /** Where the session is stored. Default: in memory. */
  readonly storage?: SessionStorage;
  /** Access tokens of your own, instead of signing in with the SDK. */
  readonly tokens?: TokenProvider;
  /** What users see of this device in their list of sessions. Each at most 128 characters. */
  readonly device?: {
    readonly name?: string;
    readonly type?: string;
    readonly platform?: string;
    readonly browser?: string;
  };
  /** The hub's address. Default: the one in the answer to sign-in, else `/connect` of the issuer. */
  readonly connectUrl?: string;
  readonly fetch?: typeof fetch;
  /** For platforms without a `WebSocket`, such as Node 20: use that of the package `ws`. */
  readonly WebSocket?: SocketConstructor;
  /** Decompresses Brotli where `DecompressionStream` cannot. */
  readonly decompress?: Decompress;
  /** How many calls may wait for a connection. Default 256. */
  readonly maxWaitingCalls?: number;
};

export type Credentials = { readonly email: string; readonly password: string };

export type Registration = Credentials & {
  readonly username?: string;
  readonly displayName?: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly company?: string;
  /** An `https` URL. */
  readonly avatarUrl?: string;
};

/** The user who is signed in. */
export type SignedIn = { readonly accountId: string; readonly sessionId: string };

/** Changes of the session, in this tab or in another tab that shares the storage. */
export type SallyportEvents = {
  readonly signedIn: SignedIn;
  readonly tokenRefreshed: SignedIn;
  /** `requested`, `elsewhere` (in another tab), or the code of the server's refusal. */
  readonly signedOut: { readonly reason: string };
};

/** The client of one deployment, in which one user at a time is signed in. */
export class Sallyport<ApiMap extends ApiTypes = ApiTypes> {
  readonly #options: SallyportOptions;
  readonly #clock = new ServerClock(Date.now);
  readonly #api: Api;
  readonly #store: SessionStore;
  readonly #authenticator: Authenticator;
  readonly #listeners: { readonly [E in keyof SallyportEvents]: Listeners<SallyportEvents[E]> } = {
    signedIn: new Listeners(),
    tokenRefreshed: new Listeners(),
    signedOut: new Listeners(),
  };

  constructor(options: SallyportOptions) {
    this.#options = options;
    const issuer = options.issuer.replace(/\/+$/, '');
    // A browser's `fetch` throws when it is called as a method of anything but its window.
    const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
    const clock = this.#clock;
    this.#api = new Api({ issuer, fetch: send, clock });
    this.#store = new SessionStore(options.storage ?? memoryStorage(), issuer);
    this.#authenticator = new Authenticator({
      api: this.#api,
      store: this.#store,
      clock,
      random: Math.random,
    });
    this.#authenticator.events.add((event) => {
      if (event.type === 'signedOut') this.#listeners.signedOut.emit({ reason: event.reason });
      else this.#listeners[event.type].emit(toSignedIn(event.session));
    });
  }

  /** The user who is signed in; `undefined` if nobody is, or {@link restore} has not run yet. */
  get session(): SignedIn | undefined {
    const session = this.#authenticator.session;
    return session && toSignedIn(session);
  }

  /** How far the server's clock is ahead of this device's, in milliseconds. */
  get clockSkewMs(): number {
    return this.#clock.skew;
  }

  /**
   * Loads the session that an earlier run, or another tab, has stored, without a request to the
   * server.
   *
   * @returns The user who is signed in; `undefined` if nobody is.
   */
  async restore(): Promise<SignedIn | undefined> {
    const session = await this.#authenticator.restore();
    return session && toSignedIn(session);
  }

  /**
   * @throws {SallyportError} For example `AUTH_CREDENTIALS_INVALID`, or `AUTH_LOCKED` with
   *   `retryAfterMs`.
   */
  signIn({ email, password }: Credentials): Promise<SignedIn> {
    return this.#begin('/api/v1/auth/login', { email, password });
  }

  /**
   * Creates an account and signs in.
   *
   * @throws {SallyportError} For example `ACCOUNT_EMAIL_TAKEN`, or `VALIDATION_ERROR` with
   *   `problem.errors`.
   */
  register(registration: Registration): Promise<SignedIn> {
    return this.#begin('/api/v1/auth/register', registration);
  }

  /**
   * Ends the session on this side, with its hubs, and at the server if the server can be reached.
   *
   * @param options `everywhere` ends every session of the account.
   * @returns Whether the server has ended the session. If not, its refresh token expires by itself.
   */
  async signOut({ everywhere = false }: { readonly everywhere?: boolean } = {}): Promise<boolean> {
    const session = this.#authenticator.session;
    // It ends here first: the server may be out of reach, and a hub would take its close for a loss.
    await this.#authenticator.end('requested');
    if (session === undefined) return false;
    try {
      const token = await this.#authenticator.lastToken(session);
      await this.#api.post('/api/v1/auth/logout', { body: { allSessions: everywhere }, token });
      return true;
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      return false;
    }
  }

  /**
   * Returns an access token that is valid by the server's clock. It is refreshed before it expires,
   * once for all callers at the same time, in all tabs.
   *
   * @param options `stale` is a token that was refused: it is replaced even if it looks valid.
   * @throws {SallyportError} `signed_out`; the code of a refusal, after which nobody is signed in; or
   *   `unreachable` if the token has expired and the server does not answer. The user then stays
   *   signed in: try again later.
   */
  async accessToken(options: { readonly stale?: string } = {}): Promise<string> {
    const { tokens } = this.#options;
    if (tokens !== undefined) return tokens.get(options);
    return (await this.#authenticator.current(options.stale)).accessToken;
  }

  /** Calls back when the session changes. The returned function ends that. */
  on<E extends keyof SallyportEvents>(
    type: E,
    listener: (event: SallyportEvents[E]) => void,
  ): Stop {
    return this.#listeners[type].add(listener);
  }

  /**
   * Connects to the hub. It returns at once, and calls wait until the connection is open.
   *
   * A session has one connection: a second one closes the first with `superseded`.
   *
   * @throws {TypeError} If the platform has no `WebSocket` and the options have none.
   */
  connect(): Hub<ApiMap> {
    const { decompress = decompressBrotli, maxWaitingCalls = 256 } = this.#options;
    const WebSocket = this.#options.WebSocket ?? platform.WebSocket;
    if (WebSocket === undefined) throw new TypeError('Cannot connect: there is no WebSocket');
    const hub = new Hub<ApiMap>({
      url: () => this.#connectUrl(),
      tokens: this.#tokenSource(),
      clock: this.#clock,
      WebSocket,
      decompress,
      random: Math.random,
      post: (path, token) => this.#api.post(path, { body: {}, token }),
      maxWaiting: maxWaitingCalls,
    });
    this.#endWithSession(hub);
    return hub;
  }

  /** Ends timers and subscriptions. The session stays stored. */
  dispose(): void {
    this.#authenticator.close();
  }

  async #begin(path: string, fields: Credentials): Promise<SignedIn> {
    const installationId = await this.#store.installationId();
    const deviceInfo = { ...this.#options.device, installationId };
    const reply = await this.#api.post(path, { body: { ...fields, deviceInfo } });
    return toSignedIn(await this.#authenticator.begin(reply));
  }

  #connectUrl(): string {
    const url = this.#options.connectUrl ?? this.#authenticator.session?.connectUrl;
    return url ?? `${this.#options.issuer.replace(/\/+$/, '')}/connect`;
  }

  #tokenSource(): TokenSource {
    const { tokens } = this.#options;
    if (tokens === undefined) {
      return async (stale) => {
        const { accessToken, expiresAt } = await this.#authenticator.current(stale);
        return { value: accessToken, expiresAt };
      };
    }
    return async (stale) => ({
      value: await tokens.get(stale === undefined ? {} : { stale }),
      expiresAt: undefined,
    });
  }

  /** Closes a hub when the session that it was opened with ends. */
  #endWithSession(hub: Hub<ApiMap>): void {
    const sessionId = this.#authenticator.session?.sessionId;
    const stop = this.#authenticator.events.add((event) => {
      const isOther = event.type !== 'signedOut' && event.session.sessionId !== sessionId;
      if (event.type === 'signedOut' || (isOther && sessionId !== undefined)) hub.end('signed_out');
    });
    hub.onState((state) => {
      if (state.name === 'closed' && state.reason === 'signed_out') stop();
    });
  }
}

const toSignedIn = ({ accountId, sessionId }: Session): SignedIn => ({ accountId, sessionId });
