import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { QueueRpc, QueueStatus } from '../../../shared/contracts/connect/queue-rpc.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';

/** The queue in front of `/connect`, and the salts that seal its tickets and grants. */
export type AdmissionQueue = {
  /** Whether the deployment has a queue. Without one, no object is called. */
  readonly isOn: boolean;
  readonly grantSeconds: number;
  /** Called for every request, because a stub is of no use once it has thrown. */
  readonly object: () => QueueRpc;
  readonly salts: () => Promise<ConnectSalts>;
  /** The URL at which clients ask for access. */
  readonly url: string;
};

export type AdmissionQueueNeeds = { readonly queue: AdmissionQueue };

/** The status of a deployment without a queue. */
export const NO_QUEUE: QueueStatus = {
  open: true,
  waiting: 0,
  held: 0,
  capacity: 0,
  paused: false,
  etaSeconds: null,
};

const FRESH = seconds(5);

/** The public status of the queue. An isolate asks for it every five seconds at most. */
export class CachedStatus {
  readonly #queue: AdmissionQueue;
  readonly #clock: Clock;
  #cached: { readonly status: QueueStatus; readonly until: Millis } | undefined;

  constructor(queue: AdmissionQueue, clock: Clock) {
    this.#queue = queue;
    this.#clock = clock;
  }

  /** @throws {Problem} `SERVICE_UNAVAILABLE` */
  async read(): Promise<QueueStatus> {
    const { isOn, object } = this.#queue;
    if (!isOn) return NO_QUEUE;
    const now = this.#clock();
    if (this.#cached !== undefined && now < this.#cached.until) return this.#cached.status;
    const status = await orUnavailable('the queue', async () => object().status());
    this.#cached = { status, until: now + FRESH };
    return status;
  }
}
