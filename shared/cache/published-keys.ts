import { type Millis, minutes, seconds } from '../clock.ts';
import type { KeysRpc } from '../contracts/keys/keys-rpc.ts';
import {
  importJwkSet,
  type VerificationKey,
  type VerificationKeys,
} from '../tokens/verification-keys.ts';
import { type Background, Refresher, type RefresherRuntime } from './refresher.ts';

/** Keys that are an hour old are no longer trusted to be the ones that sign. */
const FRESHNESS = {
  behindAfter: minutes(5),
  beforeAfter: minutes(60),
  unusableAfter: minutes(60),
} as const;

/** How long after a fetch an unknown `kid` starts no other. */
const COOL_DOWN = seconds(1);

/** The public keys with which this deployment signs, imported, in isolate memory. */
export class PublishedKeys {
  readonly #refresher: Refresher;
  #keys: VerificationKeys = new Map();

  /** @param name - For the log: who holds them. */
  constructor(name: string, source: Pick<KeysRpc, 'jwks'>, runtime: RefresherRuntime) {
    const load = async () => {
      const keys = await importJwkSet(await source.jwks());
      this.#keys = keepUnchanged(this.#keys, keys);
    };
    this.#refresher = new Refresher({ ...FRESHNESS, name, load }, runtime);
  }

  /** Whether `key` is still published, as far as is known without waiting. */
  isCurrent(key: VerificationKey): boolean {
    return this.#keys.get(key.kid) === key;
  }

  isUsable(now: Millis, background: Background): boolean {
    return this.#refresher.isUsable(now, background);
  }

  /**
   * @param background - Without it, keys that are due are fetched before they are returned.
   * @throws If the keys cannot be fetched and none are held that may still be used.
   */
  async keys(background?: Background): Promise<VerificationKeys> {
    await this.#refresher.ensureUsable(background);
    return this.#keys;
  }

  /**
   * The keys after one more fetch, unless there was one within the last second.
   *
   * @throws If they cannot be fetched: a signature by the unknown key cannot be judged then.
   */
  async keysAfterUnknownKid(): Promise<VerificationKeys> {
    if (!this.#refresher.endedWithin(COOL_DOWN)) await this.#refresher.refresh();
    return this.#keys;
  }
}

/** A key that did not change stays the same object: tokens that it verified stay in their cache. */
function keepUnchanged(held: VerificationKeys, fetched: VerificationKeys): VerificationKeys {
  return new Map(
    [...fetched].map(([kid, key]) => {
      const before = held.get(kid);
      return [kid, before?.source === key.source ? before : key];
    }),
  );
}
