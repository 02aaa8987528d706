import type { RingSnapshot, SigningKeyRecord } from '../../durable-objects/key-ring/key-ring.ts';
import { ageOf, type Clock, type Millis } from '../../shared/clock.ts';
import type { SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';

/** A private key in memory. It signs and cannot be exported. */
export type SigningKey = {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly key: CryptoKey;
};

export type SignerNeeds = {
  readonly alg: SigningAlgorithm;
  readonly clock: Clock;
  /** The largest age of the snapshot of the ring by which the cached key still signs. */
  readonly maxAge: Millis;
  readonly snapshot: () => Promise<Pick<RingSnapshot, 'signing'>>;
  readonly unwrap: (record: SigningKeyRecord) => Promise<CryptoKey>;
};

type Held = SigningKey & { readonly asOf: Millis };

/**
 * Caches the current signing key of one ring, and reads the ring when the last snapshot is older
 * than `maxAge`. An older key never signs: if the ring cannot be reached, signing fails.
 *
 * Requests share the key, never a promise of it: the platform forbids awaiting another request's
 * I/O. So requests that arrive together on a stale key each ask.
 */
export class Signer {
  readonly #needs: SignerNeeds;
  #held: Held | undefined;

  constructor(needs: SignerNeeds) {
    this.#needs = needs;
  }

  /** @throws If the ring cannot be reached or its key cannot be unwrapped. */
  async key(): Promise<SigningKey> {
    const held = this.#held;
    const now = this.#needs.clock();
    return held !== undefined && ageOf(held.asOf, now) < this.#needs.maxAge
      ? held
      : this.#refresh(now);
  }

  /** Makes the next signature read the ring. */
  forget(): void {
    this.#held = undefined;
  }

  /** The age counts from the start of the read, because the ring may have changed since. */
  async #refresh(asOf: Millis): Promise<SigningKey> {
    const { signing } = await this.#needs.snapshot();
    const same = this.#held?.kid === signing.kid ? this.#held.key : undefined;
    const key = same ?? (await this.#needs.unwrap(signing));
    const fresh = { kid: signing.kid, alg: this.#needs.alg, key, asOf };
    // A slower, older answer does not replace a newer one.
    if (this.#held === undefined || this.#held.asOf <= asOf) this.#held = fresh;
    return fresh;
  }
}
