import { SallyportError } from '../common/errors.ts';
import { Listeners, type Stop } from '../common/listeners.ts';
import { platform } from '../common/platform.ts';
import type { Api } from './api.ts';
import { endsSession, refresh } from './refresh.ts';
import type { ServerClock } from './server-clock.ts';
import { type Session, toSession } from './session.ts';
import type { SessionStore } from './session-store.ts';

/** A change of the session. */
export type AuthEvent =
  | { readonly type: 'signedIn' | 'tokenRefreshed'; readonly session: Session }
  /** `requested`, `elsewhere` (in another tab), or the code of the server's refusal. */
  | { readonly type: 'signedOut'; readonly reason: string };

export type AuthPorts = {
  readonly api: Pick<Api, 'post'>;
  readonly store: SessionStore;
  readonly clock: ServerClock;
  readonly random: () => number;
};

/** Milliseconds before expiry in which a token may no longer be valid when it arrives. */
const MIN_LIFETIME = 5_000;
/** Milliseconds before expiry in which a token is replaced while it is still used. */
const REFRESH_BEFORE = 60_000;

/** Milliseconds in which a tab sees what another tab has stored. */
const STORAGE_DELAY = 250;

/** Holds one session in memory and in the storage, and refreshes its tokens. */
export class Authenticator {
  readonly events = new Listeners<AuthEvent>();
  readonly #ports: AuthPorts;
  readonly #closing = new AbortController();
  readonly #stopWatching: Stop;
  #session: Session | undefined;
  #refreshing: Promise<Session> | undefined;

  constructor(ports: AuthPorts) {
    this.#ports = ports;
    this.#stopWatching = ports.store.watch(() => void this.restore());
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Loads the session that an earlier run, or another tab, has stored. */
  async restore(): Promise<Session | undefined> {
    const stored = await this.#ports.store.load();
    if (stored === undefined) {
      if (this.#session !== undefined) this.#forget('elsewhere');
      return undefined;
    }
    this.#ports.clock.restore(stored.skew);
    this.#use(stored.session);
    return stored.session;
  }

  /** @param reply The server's answer to a sign-in. */
  async begin(reply: unknown): Promise<Session> {
    const session = this.#read(reply);
    await this.#store(session);
    return session;
  }

  /** Ends the session on this side only. */
  async end(reason: string): Promise<void> {
    await this.#ports.store.clear();
    if (this.#session !== undefined) this.#forget(reason);
  }

  /**
   * Returns a session whose access token is valid by the server's clock.
   *
   * @param stale A token that the server refused: it is replaced even if it looks valid.
   */
  async current(stale?: string): Promise<Session> {
    const session = this.#session;
    if (session === undefined) throw new SallyportError('signed_out');
    const left = session.expiresAt - this.#ports.clock.now();
    if (stale === session.accessToken || left < Math.min(MIN_LIFETIME, session.lifetime / 10)) {
      return this.#refresh(session);
    }
    // A failure does not matter here: the token is still valid, and the next use tries again.
    if (left < Math.min(REFRESH_BEFORE, session.lifetime / 3))
      this.#refresh(session).catch(() => {});
    return session;
  }

  /**
   * Returns an access token of a session that has ended on this side, to tell the server so. Nothing of
   * it is stored.
   */
  async lastToken({ accessToken, expiresAt, refreshToken }: Session): Promise<string> {
    if (expiresAt - this.#ports.clock.now() > MIN_LIFETIME) return accessToken;
    return this.#read(await this.#ask(refreshToken)).accessToken;
  }

  close(): void {
    this.#closing.abort();
    this.#stopWatching();
  }

  /** Refreshes one at a time: in this tab by the promise, among tabs by a lock. */
  #refresh(stale: Session): Promise<Session> {
    this.#refreshing ??= takeTurns(this.#ports.store.lockName, (hasWaited) =>
      this.#replace(stale, hasWaited),
    ).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** @param hasWaited Another tab has just held the lock. */
  async #replace(stale: Session, hasWaited: boolean): Promise<Session> {
    let stored = await this.restore();
    if (hasWaited && stored?.accessToken === stale.accessToken) {
      await this.#ports.store.waitForChange(STORAGE_DELAY, this.#closing.signal);
      stored = await this.restore();
    }
    if (stored === undefined) throw new SallyportError('signed_out');
    return stored.accessToken === stale.accessToken ? this.#exchange(stored) : stored;
  }

  async #exchange({ refreshToken }: Session): Promise<Session> {
    try {
      const session = this.#read(await this.#ask(refreshToken));
      await this.#assertStored([refreshToken, session.refreshToken]);
      await this.#store(session);
      return session;
    } catch (error) {
      if (endsSession(error)) await this.end(error.code);
      throw error;
    }
  }

  async #ask(refreshToken: string): Promise<unknown> {
    const { api, store, random } = this.#ports;
    const installationId = await store.installationId();
    return refresh({ refreshToken, installationId }, { api, random, signal: this.#closing.signal });
  }

  /**
   * The user may have signed out during the request, and a refresh must not sign them in again. The
   * stored token may also be the new one, because another tab got the same answer.
   */
  async #assertStored(refreshTokens: readonly string[]): Promise<void> {
    const stored = await this.#ports.store.load();
    if (stored === undefined || !refreshTokens.includes(stored.session.refreshToken)) {
      throw new SallyportError('signed_out');
    }
  }

  #read(reply: unknown): Session {
    const session = toSession(reply, this.#ports.clock.now());
    if (session === undefined) throw new SallyportError('unreachable');
    return session;
  }

  async #store(session: Session): Promise<void> {
    const { store, clock } = this.#ports;
    await store.save({ session, skew: clock.skew });
    this.#use(session);
  }

  #use(session: Session): void {
    const before = this.#session;
    this.#session = session;
    if (before?.accessToken === session.accessToken) return;
    const type = before?.sessionId === session.sessionId ? 'tokenRefreshed' : 'signedIn';
    this.events.emit({ type, session });
  }

  #forget(reason: string): void {
    this.#session = undefined;
    this.events.emit({ type: 'signedOut', reason });
  }
}

/**
 * Runs `task` while no other tab of the origin runs one of that name (Web Locks API), and tells it
 * whether it had to wait for another tab.
 *
 * Without locks, as on pages without TLS, it runs at once: the server gives two tabs that refresh at
 * the same time the same answer, because they have one installation id.
 */
async function takeTurns<T>(
  name: string | undefined,
  task: (hasWaited: boolean) => Promise<T>,
): Promise<T> {
  const locks = platform.navigator?.locks;
  if (name === undefined || locks === undefined) return task(false);
  const atOnce = await locks.request(name, { ifAvailable: true }, async (lock) =>
    lock === null ? undefined : { value: await task(false) },
  );
  return atOnce === undefined ? locks.request(name, () => task(true)) : atOnce.value;
}
