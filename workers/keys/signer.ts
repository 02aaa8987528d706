import type { RingSnapshot, SigningKeyRecord } from '../../durable-objects/key-ring/key-ring.ts';
import type { Clock, Millis } from '../../shared/clock.ts';
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
  /** How old the snapshot of the ring may be by which the key in memory signs. */
  readonly maxAge: Millis;
  readonly snapshot: () => Promise<Pick<RingSnapshot, 'signing'>>;
  readonly unwrap: (record: SigningKeyRecord) => Promise<CryptoKey>;
};

type Held = SigningKey & { readonly asOf: Millis };

/**
 * Holds the current signing key of one ring in the isolate's memory, so that signing asks the ring
 * only when the last snapshot is older than `maxAge`. An older key never signs: if the ring is out of
 * reach, signing fails.
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

  /** @throws If the ring is out of reach or its key does not unwrap. */
  async key(): Promise<SigningKey> {
    const held = this.#held;
    const now = this.#needs.clock();
    return held !== undefined && now - held.asOf < this.#needs.maxAge ? held : this.#refresh(now);
  }

  /** Makes the next signature ask the ring. */
  forget(): void {
    this.#held = undefined;
  }

  /** Counts the age from before the question: the answer may have been true only then. */
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
