import { guidToText } from '../../../shared/hub-protocol/guid.ts';
import type { Stop } from '../common/listeners.ts';
import { pause } from '../common/timing.ts';
import { readStoredSession, type StoredSession, writeStoredSession } from './session.ts';

/** Stores one issuer's session and the id of this installation. */
export class SessionStore {
  readonly #storage: SessionStorage;
  readonly #key: string;

  constructor(storage: SessionStorage, issuer: string) {
    this.#storage = storage;
    this.#key = `sallyport:${issuer}`;
  }

  /** The Web Lock that tabs share; `undefined` where no other tab uses the storage. */
  get lockName(): string | undefined {
    return this.#storage.watch === undefined ? undefined : this.#key;
  }

  async load(): Promise<StoredSession | undefined> {
    const text = await this.#storage.get(this.#key);
    return typeof text === 'string' ? readStoredSession(text) : undefined;
  }

  async save(stored: StoredSession): Promise<void> {
    await this.#storage.set(this.#key, writeStoredSession(stored));
  }

  async clear(): Promise<void> {
    await this.#storage.remove(this.#key);
  }

  /** Calls back when another tab has signed in, refreshed or signed out. */
  watch(onChange: () => void): Stop {
    return this.#storage.watch?.(this.#key, onChange) ?? (() => {});
  }

  /** Waits until another tab has changed the stored session, but no longer than `ms`. */
  async waitForChange(ms: number, signal: AbortSignal): Promise<void> {
    const changed = new AbortController();
    const stop = this.watch(() => changed.abort());
    await pause(ms, AbortSignal.any([changed.signal, signal]));
    stop();
  }

  /**
   * The id of this installation: it is made once and outlives sign-out. By it, the server tells a
   * repeated refresh, whose first answer was lost, from a stolen token.
   */
  async installationId(): Promise<string> {
    const key = `${this.#key}:installation`;
    const stored = await this.#storage.get(key);
    if (typeof stored === 'string' && stored !== '') return stored;
    // `crypto.randomUUID` exists in secure contexts only.
    const created = guidToText(crypto.getRandomValues(new Uint8Array(16)));
    await this.#storage.set(key, created);
    return created;
  }
}

type Eventually<T> = T | Promise<T>;

/**
 * A store of text by key, in which a session outlives a run. Write an adapter for what your platform
 * has. Whoever reads the stored text can act as the user until they sign out.
 */
export interface SessionStorage {
  get(key: string): Eventually<string | null | undefined>;
  set(key: string, value: string): Eventually<void>;
  remove(key: string): Eventually<void>;
  /**
   * Calls back when another tab has changed `key`. Leave it out where no other tab shares the
   * storage; with it, tabs take turns at refreshing.
   */
  watch?(key: string, onChange: () => void): Stop;
}

/**
 * Keeps the session until the page or the process ends. It is the default, and the safest against
 * injected scripts.
 */
export function memoryStorage(): SessionStorage {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  };
}

/**
 * Keeps the session in `localStorage`, so that the user stays signed in, in all tabs of the origin.
 * Any script that runs in the page can read it.
 *
 * @param area `localStorage`; or `sessionStorage`, of which each tab has its own.
 */
export function webStorage(area: Storage): SessionStorage {
  return {
    get: (key) => area.getItem(key),
    set: (key, value) => area.setItem(key, value),
    remove: (key) => area.removeItem(key),
    watch(key, onChange) {
      // `key` is null when the whole area was cleared.
      const listener = (event: StorageEvent): void => {
        if (event.storageArea === area && (event.key ?? key) === key) onChange();
      };
      addEventListener('storage', listener);
      return () => removeEventListener('storage', listener);
    },
  };
}
