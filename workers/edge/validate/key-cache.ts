import { minutes, seconds } from '../../../shared/clock.ts';
import type { KeysRpc } from '../../../shared/contracts/keys/keys-rpc.ts';
import { Refresher } from '../../../shared/revocation/refresher.ts';
import {
  importJwkSet,
  type VerificationKey,
  type VerificationKeys,
} from '../../../shared/tokens/verification-keys.ts';
import type { Background, Runtime } from '../ports.ts';

/** Five minutes old: refreshed behind the answer. An hour: no longer trusted to name the live keys. */
const FRESHNESS = {
  behindAfter: minutes(5),
  beforeAfter: minutes(60),
  unusableAfter: minutes(60),
} as const;

/** How long after a refresh an unknown `kid` starts no other. */
const COOL_DOWN = seconds(1);

/** The published keys, imported, in isolate memory. */
export class KeyCache {
  readonly #refresher: Refresher;
  #keys: VerificationKeys = new Map();

  constructor(source: Pick<KeysRpc, 'jwks'>, runtime: Runtime) {
    const load = async () => {
      const keys = await importJwkSet(await source.jwks());
      this.#keys = keepUnchanged(this.#keys, keys);
    };
    this.#refresher = new Refresher({ ...FRESHNESS, name: 'edge.keys', load }, runtime);
  }

  /** Whether `key` is still published, as far as is known without waiting. */
  isCurrent(key: VerificationKey): boolean {
    return this.#keys.get(key.kid) === key;
  }

  isUsable(now: number, background: Background): boolean {
    return this.#refresher.isUsable(now, background);
  }

  /** @throws If the keys cannot be loaded and none are held that may still be used. */
  async keys(background: Background): Promise<VerificationKeys> {
    await this.#refresher.ensureUsable(background);
    return this.#keys;
  }

  /** The keys after one refresh, unless there was one within the last second. */
  async keysAfterUnknownKid(): Promise<VerificationKeys> {
    // If `keys` cannot be reached, the token stays unknown: nobody gets in by that.
    if (!this.#refresher.endedWithin(COOL_DOWN)) await this.#refresher.refresh().catch(() => {});
    return this.#keys;
  }
}

/** A key that did not change stays the same object, so that what it verified stays remembered. */
function keepUnchanged(held: VerificationKeys, fetched: VerificationKeys): VerificationKeys {
  return new Map(
    [...fetched].map(([kid, key]) => {
      const before = held.get(kid);
      return [kid, before?.source === key.source ? before : key];
    }),
  );
}
