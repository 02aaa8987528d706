import { SallyportError } from '../common/errors.ts';
import { Listeners, type Stop } from '../common/listeners.ts';
import { platform } from '../common/platform.ts';
import type { Api } from './api.ts';
import { endsSession, refresh } from './refresh.ts';
import type { ServerClock } from './server-clock.ts';
import { type Session, toSession } from './session.ts';
import type { SessionStore } from './session-store.ts';

/** What happens to the session. */
export type AuthEvent =
  | { readonly type: 'signedIn' | 'tokenRefreshed'; readonly session: Session }
  /** `requested`, `elsewhere` (in another tab), or the code with which the server refused. */
  | { readonly type: 'signedOut'; readonly reason: string };

export type AuthPorts = {
  readonly api: Pick<Api, 'post'>;
  readonly store: SessionStore;
  readonly clock: ServerClock;
  readonly random: () => number;
};

/** A token that is used now should still be valid when it arrives. */
const LAST_MOMENT = 5_000;
/** From when on a token is replaced, while the old one still serves. */
const EARLY = 60_000;

/** What one tab stores, another reads some milliseconds later: browsers do not wait for each other. */
const SETTLING = 250;

/** Keeps one session: in memory, in the storage, and at the server. */
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

  /** Takes up what is stored: of an earlier run, or of another tab just now. */
  async restore(): Promise<Session | undefined> {
    const kept = await this.#ports.store.load();
    if (kept === undefined) {
      if (this.#session !== undefined) this.#forget('elsewhere');
      return undefined;
    }
    this.#ports.clock.restore(kept.skew);
    this.#take(kept.session);
    return kept.session;
  }

  /** Begins a session with what the server answered to a sign-in. */
  async begin(reply: unknown): Promise<Session> {
    const session = this.#read(reply);
    await this.#keep(session);
    return session;
  }

  /** Ends the session on this side. */
  async end(reason: string): Promise<void> {
    await this.#ports.store.clear();
    if (this.#session !== undefined) this.#forget(reason);
  }

  /**
   * An access token that is valid by the server's clock.
   *
   * @param stale The token that the server did not accept: it is replaced even if it looks valid.
   */
  async current(stale?: string): Promise<Session> {
    const session = this.#session;
    if (session === undefined) throw new SallyportError('signed_out');
    const left = session.expiresAt - this.#ports.clock.now();
    if (stale === session.accessToken || left < Math.min(LAST_MOMENT, session.lifetime / 10)) {
      return this.#refresh(session);
    }
    // It fails in silence: the token still serves, and the next use tries again.
    if (left < Math.min(EARLY, session.lifetime / 3)) this.#refresh(session).catch(() => {});
    return session;
  }

  close(): void {
    this.#closing.abort();
    this.#stopWatching();
  }

  /** One at a time: in this tab by the promise, among tabs by a lock. */
  #refresh(stale: Session): Promise<Session> {
    this.#refreshing ??= takeTurns(this.#ports.store.lockName, (hasWaited) =>
      this.#replace(stale, hasWaited),
    ).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** @param hasWaited Another tab has had its turn just now. */
  async #replace(stale: Session, hasWaited: boolean): Promise<Session> {
    let stored = await this.restore();
    if (hasWaited && stored?.accessToken === stale.accessToken) {
      await this.#ports.store.change(SETTLING, this.#closing.signal);
      stored = await this.restore();
    }
    if (stored === undefined) throw new SallyportError('signed_out');
    return stored.accessToken === stale.accessToken ? this.#exchange(stored) : stored;
  }

  async #exchange({ refreshToken }: Session): Promise<Session> {
    const { api, store, random } = this.#ports;
    const installationId = await store.installationId();
    const ports = { api, random, signal: this.#closing.signal };
    try {
      const reply = await refresh({ refreshToken, installationId }, ports);
      const session = this.#read(reply);
      await this.#assertStored([refreshToken, session.refreshToken]);
      await this.#keep(session);
      return session;
    } catch (error) {
      if (endsSession(error)) await this.end(error.code);
      throw error;
    }
  }

  /**
   * The user may have signed out while the server was asked: that must not be undone. Another tab may
   * have got the same answer, and stored it.
   */
  async #assertStored(refreshTokens: readonly string[]): Promise<void> {
    const kept = await this.#ports.store.load();
    if (kept === undefined || !refreshTokens.includes(kept.session.refreshToken)) {
      throw new SallyportError('signed_out');
    }
  }

  #read(reply: unknown): Session {
    const session = toSession(reply, this.#ports.clock.now());
    if (session === undefined) throw new SallyportError('unreachable');
    return session;
  }

  async #keep(session: Session): Promise<void> {
    const { store, clock } = this.#ports;
    await store.save({ session, skew: clock.skew });
    this.#take(session);
  }

  #take(session: Session): void {
    const before = this.#session;
    this.#session = session;
    if (before?.accessToken === session.accessToken) return;
    const type = before?.sessionId === session.sessionId ? 'tokenRefreshed' : 'signedIn';
    this.events.tell({ type, session });
  }

  #forget(reason: string): void {
    this.#session = undefined;
    this.events.tell({ type: 'signedOut', reason });
  }
}

/**
 * Runs `task` while no other tab of the origin runs one of that name (Web Locks API), and tells it
 * whether it had to wait for one that did.
 *
 * Where there are no locks, as on pages without TLS, it just runs: the server answers two tabs that
 * refresh at once alike, because they have one installation id.
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
