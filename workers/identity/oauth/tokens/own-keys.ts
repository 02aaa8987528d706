import { type Clock, type Millis, minutes, seconds } from '../../../../shared/clock.ts';
import type { KeysRpc } from '../../../../shared/contracts/keys/keys-rpc.ts';
import {
  importJwkSet,
  type VerificationKeys,
} from '../../../../shared/tokens/verification-keys.ts';

/** From this age on the keys are fetched again. */
const FRESH: Millis = minutes(5);
/** Older keys are not trusted to be the live ones. */
const USABLE: Millis = minutes(60);
/** How long after a fetch an unknown `kid` starts no other. */
const COOL_DOWN: Millis = seconds(1);

/**
 * The keys with which this deployment signs, imported, in isolate memory.
 *
 * What is remembered is the result, never the promise: that belongs to the request that made it.
 */
export class OwnKeys {
  readonly #source: Pick<KeysRpc, 'jwks'>;
  readonly #clock: Clock;
  #keys: VerificationKeys = new Map();
  #loadedAt: Millis = -Infinity;
  #triedAt: Millis = -Infinity;

  constructor(source: Pick<KeysRpc, 'jwks'>, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** @throws If the keys do not answer and none are held that may still be used. */
  async keys(): Promise<VerificationKeys> {
    const age = this.#clock() - this.#loadedAt;
    if (age < FRESH || (age < USABLE && this.#isCoolingDown())) return this.#keys;
    try {
      await this.#load();
    } catch (error) {
      if (age >= USABLE) throw error;
    }
    return this.#keys;
  }

  /**
   * The keys after one more fetch, unless there was one within the last second.
   *
   * @throws If the keys do not answer: a signature of theirs cannot be judged then.
   */
  async keysAfterUnknownKid(): Promise<VerificationKeys> {
    if (!this.#isCoolingDown()) await this.#load();
    return this.#keys;
  }

  #isCoolingDown(): boolean {
    return this.#clock() - this.#triedAt < COOL_DOWN;
  }

  async #load(): Promise<void> {
    const startedAt = this.#clock();
    try {
      this.#keys = await importJwkSet(await this.#source.jwks());
      this.#loadedAt = startedAt;
    } finally {
      this.#triedAt = this.#clock();
    }
  }
}
