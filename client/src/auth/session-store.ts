import { guidToText } from '../../../shared/hub-protocol/guid.ts';
import { pause } from '../backoff.ts';
import type { Stop } from '../listeners.ts';
import { type Kept, readKept, writeKept } from './session.ts';
import type { SessionStorage } from './storage.ts';

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

  async load(): Promise<Kept | undefined> {
    const text = await this.#storage.get(this.#key);
    return typeof text === 'string' ? readKept(text) : undefined;
  }

  async save(kept: Kept): Promise<void> {
    await this.#storage.set(this.#key, writeKept(kept));
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
