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

/** Access tokens that somebody else gets and refreshes, such as an OAuth library. */
export interface TokenProvider {
  /**
   * @param request `stale` is a token that is refused, or soon will be: return a newer one, if you
   *   can.
   */
  get(request: { readonly stale?: string }): Promise<string>;
}

export type SallyportOptions = {
  /** The address of the deployment, such as `https://id.example.com`. */
  readonly issuer: string;
  /** Where the session is kept. Default: in memory. */
  readonly storage?: SessionStorage;
  /** Instead of signing in here. */
  readonly tokens?: TokenProvider;
  /** What users see of this device in their list of sessions. Each at most 128 characters. */
  readonly device?: {
    readonly name?: string;
    readonly type?: string;
    readonly platform?: string;
    readonly browser?: string;
  };
  /** Where the hub is. Default: what the server says at sign-in, else `/connect` of the issuer. */
  readonly connectUrl?: string;
  readonly fetch?: typeof fetch;
  /** For platforms without a `WebSocket` of their own, such as Node 20: that of the package `ws`. */
  readonly WebSocket?: SocketConstructor;
  /** Reads Brotli where `DecompressionStream` does not. */
  readonly decompress?: Decompress;
  /** How many calls may wait for a connection. Default 256. */
  readonly maxWaitingCalls?: number;
};

export type Credentials = { readonly email: string; readonly password: string };

export type Registration = Credentials & {
  readonly username?: string;
  readonly displayName?: string;
};

/** Who is signed in. */
export type SignedIn = { readonly accountId: string; readonly sessionId: string };

/** What happens to the session, here or in another tab that shares the storage. */
export type SallyportEvents = {
  readonly signedIn: SignedIn;
  readonly tokenRefreshed: SignedIn;
  /** `requested`, `elsewhere` (in another tab), or the code of the server's refusal. */
  readonly signedOut: { readonly reason: string };
};

/** A deployment, and who is signed in to it. */
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
    // A browser's own `fetch` must be called on nothing else than its window.
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
      if (event.type === 'signedOut') this.#listeners.signedOut.tell({ reason: event.reason });
      else this.#listeners[event.type].tell(who(event.session));
    });
  }

  /** Who is signed in. `undefined`: nobody, or it was not restored yet. */
  get session(): SignedIn | undefined {
    const session = this.#authenticator.session;
    return session && who(session);
  }

  /** How far the server's clock is ahead of this device's, in milliseconds. */
  get clockSkewMs(): number {
    return this.#clock.skew;
  }

  /**
   * Takes up the session that an earlier run, or another tab, has stored. Asks no server.
   *
   * @returns Who is signed in; `undefined` if nobody is.
   */
  async restore(): Promise<SignedIn | undefined> {
    const session = await this.#authenticator.restore();
    return session && who(session);
  }

  /** @throws {SallyportError} Such as `AUTH_CREDENTIALS_INVALID`, or `AUTH_LOCKED` with `retryAfterMs`. */
  signIn({ email, password }: Credentials): Promise<SignedIn> {
    return this.#begin('/api/v1/auth/login', { email, password });
  }

  /**
   * Creates an account and signs in.
   *
   * @throws {SallyportError} Such as `ACCOUNT_EMAIL_TAKEN`, or `VALIDATION_ERROR` with
   *   `problem.errors`.
   */
  register(registration: Registration): Promise<SignedIn> {
    return this.#begin('/api/v1/auth/register', registration);
  }

  /**
   * Ends the session: on this side always, hubs included, and at the server if it can be reached.
   *
   * @param options `everywhere`: every session of the account.
   * @returns Whether the server has ended it. If not, its refresh token expires by itself.
   */
  async signOut({ everywhere = false }: { readonly everywhere?: boolean } = {}): Promise<boolean> {
    const body = { allSessions: everywhere };
    try {
      const { accessToken: token } = await this.#authenticator.current();
      // First, so that no hub takes what the server does for a loss.
      await this.#authenticator.end('requested');
      await this.#api.post('/api/v1/auth/logout', { body, token });
      return true;
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      await this.#authenticator.end('requested');
      return false;
    }
  }

  /**
   * An access token that is valid now by the server's clock, refreshed before it expires: once for
   * all that ask at the same time, in all tabs.
   *
   * @param options `stale`: a token that was refused; it is replaced even if it looks valid.
   * @throws {SallyportError} `signed_out`; the code of the refusal, after which nobody is signed in;
   *   `unreachable` if the token has expired and the server does not answer: the user stays signed
   *   in, try again later.
   */
  async accessToken(options: { readonly stale?: string } = {}): Promise<string> {
    const { tokens } = this.#options;
    if (tokens !== undefined) return tokens.get(options);
    return (await this.#authenticator.current(options.stale)).accessToken;
  }

  /** Calls back when the session changes. Returns what ends that. */
  on<E extends keyof SallyportEvents>(
    type: E,
    listener: (event: SallyportEvents[E]) => void,
  ): Stop {
    return this.#listeners[type].add(listener);
  }

  /**
   * Connects to the hub. Returns at once: calls wait until it is open.
   *
   * One session has one connection: connecting again ends the older one with `superseded`.
   *
   * @throws {TypeError} If the platform has no `WebSocket` and none was given.
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

  /** Ends what it does in the background. The session stays stored. */
  dispose(): void {
    this.#authenticator.close();
  }

  async #begin(path: string, fields: Credentials): Promise<SignedIn> {
    const installationId = await this.#store.installationId();
    const deviceInfo = { ...this.#options.device, installationId };
    const reply = await this.#api.post(path, { body: { ...fields, deviceInfo } });
    return who(await this.#authenticator.begin(reply));
  }

  #connectUrl(): string {
    const told = this.#options.connectUrl ?? this.#authenticator.session?.connectUrl;
    return told ?? `${this.#options.issuer.replace(/\/+$/, '')}/connect`;
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

  /** A hub belongs to the session that it was opened with. */
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

const who = ({ accountId, sessionId }: Session): SignedIn => ({ accountId, sessionId });
