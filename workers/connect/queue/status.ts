import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { QueueStatus } from '../../../shared/contracts/connect/queue-rpc.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { QueueDeps } from './queue-deps.ts';

/** Of a deployment without a queue. */
export const NO_QUEUE: QueueStatus = {
  open: true,
  waiting: 0,
  held: 0,
  capacity: 0,
  paused: false,
  etaSeconds: null,
};

const FRESH = seconds(5);

/** What anybody may know of the queue: an isolate asks every five seconds at most. */
export class KnownStatus {
  readonly #deps: QueueDeps;
  readonly #clock: Clock;
  #known: { readonly status: QueueStatus; readonly until: Millis } | undefined;

  constructor(deps: QueueDeps, clock: Clock) {
    this.#deps = deps;
    this.#clock = clock;
  }

  /** @throws {Problem} `SERVICE_UNAVAILABLE` */
  async read(): Promise<QueueStatus> {
    const { isOn, queue } = this.#deps;
    if (!isOn) return NO_QUEUE;
    const now = this.#clock();
    if (this.#known !== undefined && now < this.#known.until) return this.#known.status;
    const status = await orUnavailable('the queue', async () => queue().status());
    this.#known = { status, until: now + FRESH };
    return status;
  }
}
