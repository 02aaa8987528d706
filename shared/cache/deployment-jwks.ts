import { type Millis, minutes, seconds } from '../clock.ts';
import type { KeysRpc } from '../contracts/keys/keys-rpc.ts';
import {
  importJwkSet,
  type VerificationKey,
  type VerificationKeys,
} from '../tokens/verification-keys.ts';
import { type Background, Refresher, type RefresherRuntime } from './refresher.ts';

/** Keys that were fetched an hour ago or earlier may have been replaced, so they are not used. */
const FRESHNESS = {
  refreshAfter: minutes(5),
  waitAfter: minutes(60),
  unusableAfter: minutes(60),
} as const;

/** How long after a fetch an unknown `kid` starts no other fetch. */
const COOL_DOWN = seconds(1);

/** The imported public keys of this deployment, cached in the isolate. */
export class DeploymentJwks {
  readonly #refresher: Refresher;
  #keys: VerificationKeys = new Map();

  /** @param name - Names the cache in the log. */
  constructor(name: string, source: Pick<KeysRpc, 'jwks'>, runtime: RefresherRuntime) {
    const load = async () => {
      const keys = await importJwkSet(await source.jwks());
      this.#keys = keepUnchanged(this.#keys, keys);
    };
    this.#refresher = new Refresher({ ...FRESHNESS, name, load }, runtime);
  }

  /** Whether `key` was among the published keys at the last fetch. */
  isCurrent(key: VerificationKey): boolean {
    return this.#keys.get(key.kid) === key;
  }

  isUsable(now: Millis, background: Background): boolean {
    return this.#refresher.isUsable(now, background);
  }

  /**
   * @param background - Without it, keys that are due for a refresh are fetched before they are
   *   returned.
   * @throws If the keys cannot be fetched and the cached ones may no longer be used.
   */
  async keys(background?: Background): Promise<VerificationKeys> {
    await this.#refresher.ensureUsable(background);
    return this.#keys;
  }

  /**
   * Returns the keys after one more fetch, unless there was one within the last second.
   *
   * @throws If they cannot be fetched, because a signature by the unknown key cannot be judged
   *   then.
   */
  async keysAfterUnknownKid(): Promise<VerificationKeys> {
    if (!this.#refresher.succeededWithin(COOL_DOWN)) await this.#refresher.refresh();
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
