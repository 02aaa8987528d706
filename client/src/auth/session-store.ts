import { guidToText } from '../../../shared/hub-protocol/guid.ts';
import type { Stop } from '../common/listeners.ts';
import { pause } from '../common/timing.ts';
import { readStoredSession, type StoredSession, writeStoredSession } from './session.ts';

/** One issuer's session in a storage, and the id of this installation. */
export class SessionStore {
  readonly #storage: SessionStorage;
  readonly #key: string;

  constructor(storage: SessionStorage, issuer: string) {
    this.#storage = storage;
    this.#key = `sallyport:${issuer}`;
  }

  /** Names the turn that tabs take. `undefined` where no other tab shares the storage. */
  get lockName(): string | undefined {
    return this.#storage.watch === undefined ? undefined : this.#key;
  }

  async load(): Promise<StoredSession | undefined> {
    const text = await this.#storage.get(this.#key);
    return typeof text === 'string' ? readStoredSession(text) : undefined;
  }

  async save(kept: StoredSession): Promise<void> {
    await this.#storage.set(this.#key, writeStoredSession(kept));
  }

  async clear(): Promise<void> {
    await this.#storage.remove(this.#key);
  }

  /** Calls back when another tab has signed in, refreshed or signed out. */
  watch(onChange: () => void): Stop {
    return this.#storage.watch?.(this.#key, onChange) ?? (() => {});
  }

  /** Waits until another tab has changed something, or for `ms`. */
  async change(ms: number, signal: AbortSignal): Promise<void> {
    const changed = new AbortController();
    const stop = this.watch(() => changed.abort());
    await pause(ms, AbortSignal.any([changed.signal, signal]));
    stop();
  }

  /**
   * Tells this installation from others. Made once, and kept when the user signs out: the server
   * compares it to tell a repeated refresh, whose first answer was lost, from a stolen token.
   */
  async installationId(): Promise<string> {
    const key = `${this.#key}:installation`;
    const known = await this.#storage.get(key);
    if (typeof known === 'string' && known !== '') return known;
    // `crypto.randomUUID` exists in secure contexts only.
    const made = guidToText(crypto.getRandomValues(new Uint8Array(16)));
    await this.#storage.set(key, made);
    return made;
  }
}

type Eventually<T> = T | Promise<T>;

/**
 * Where a session is kept between runs: a key with text. Write an adapter for whatever your platform
 * has; what is kept lets its holder act as the user until they sign out.
 */
export interface SessionStorage {
  get(key: string): Eventually<string | null | undefined>;
  set(key: string, value: string): Eventually<void>;
  remove(key: string): Eventually<void>;
  /**
   * Only of a storage that other tabs share: tells when one of them has changed `key`. Its presence
   * makes tabs take turns at refreshing.
   */
  watch?(key: string, onChange: () => void): Stop;
}

/** Forgets with the page or the process. The default, and the safest against injected scripts. */
export function memoryStorage(): SessionStorage {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key),
    set: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  };
}

/**
 * `localStorage`: the user stays signed in, in all tabs of the origin. Any script that runs in the
 * page can read it.
 *
 * @param area `localStorage`, or `sessionStorage`, which each tab has for itself.
 */
export function webStorage(area: Storage): SessionStorage {
  return {
    get: (key) => area.getItem(key),
    set: (key, value) => area.setItem(key, value),
    remove: (key) => area.removeItem(key),
    watch(key, onChange) {
      // A cleared area tells of no key.
      const listener = (event: StorageEvent): void => {
        if (event.storageArea === area && (event.key ?? key) === key) onChange();
      };
      addEventListener('storage', listener);
      return () => removeEventListener('storage', listener);
    },
  };
}
