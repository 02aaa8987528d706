import type { Stop } from '../listeners.ts';

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
