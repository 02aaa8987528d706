import { type Millis, seconds } from '../../../shared/clock.ts';
import type { DpopNonces, IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import { within } from '../../../shared/deadline.ts';

const LIMIT = seconds(5);

/** The nonces of DPoP proofs, in isolate memory for as long as they are handed out. */
export class NonceCache {
  readonly #source: Pick<IdentityRpc, 'dpopNonces'>;
  #held: DpopNonces | undefined;

  constructor(source: Pick<IdentityRpc, 'dpopNonces'>) {
    this.#source = source;
  }

  /** @throws If `identity` does not tell them. */
  async at(now: Millis): Promise<DpopNonces> {
    if (this.#held !== undefined && now < this.#held.validUntil) return this.#held;
    // What is kept is the result: a promise made in one request must not be awaited in another.
    const fetched = await within(LIMIT, this.#source.dpopNonces());
    this.#held = fetched;
    return fetched;
  }
}
