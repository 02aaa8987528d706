import { type QueueSeatsRpc, seatExpiry } from '../../../shared/contracts/connect/queue-rpc.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { Connection } from '../connections/connection.ts';

export type QueueSeatsDeps = {
  readonly queue: () => Pick<QueueSeatsRpc, 'renewSeat' | 'leaveSeat'>;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly log: Log;
};

type Seated = Pick<Connection, 'state'>;

/**
 * Tells the admission queue what becomes of the seats that connections took.
 *
 * Nothing here waits for the queue, nor fails with it: a seat that nobody speaks of is free when its
 * time is up.
 */
export class QueueSeats {
  readonly #deps: QueueSeatsDeps;

  constructor(deps: QueueSeatsDeps) {
    this.#deps = deps;
  }

  /** The connection has ended. */
  leave({ state: { seat, principal } }: Seated): void {
    if (seat === undefined) return;
    this.#tell(async () => this.#deps.queue().leaveSeat(principal.sessionId, seat));
  }

  /** The connection goes on under another token. */
  renew({ state: { seat, principal } }: Seated): void {
    if (seat === undefined) return;
    const { sessionId, expiresAt } = principal;
    this.#tell(async () => this.#deps.queue().renewSeat(sessionId, seat, seatExpiry(expiresAt)));
  }

  #tell(work: () => Promise<unknown>): void {
    this.#deps.waitUntil(this.#attempt(work));
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#deps.log({ event: 'hub.seat_failed', level: 'error', error: String(error) });
    }
  }
}
