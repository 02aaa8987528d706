import { type QueueSeatsRpc, seatExpiry } from '../../../shared/contracts/connect/queue-rpc.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { Connection } from '../connections/connection.ts';

export type QueueSeatsNeeds = {
  readonly queue: () => Pick<QueueSeatsRpc, 'renewSeat' | 'leaveSeat'>;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly log: Log;
};

type SeatHolder = Pick<Connection, 'state'>;

/**
 * Renews and frees the seats that connections hold in the admission queue.
 *
 * Nothing here waits for the queue or fails with it: a seat that is not renewed becomes free [H92].
 */
export class QueueSeats {
  readonly #needs: QueueSeatsNeeds;

  constructor(needs: QueueSeatsNeeds) {
    this.#needs = needs;
  }

  /** Frees the seat of a connection that has ended. */
  leave({ state: { seat, principal } }: SeatHolder): void {
    if (seat === undefined) return;
    this.#inBackground(async () => this.#needs.queue().leaveSeat(principal.sessionId, seat));
  }

  /** Extends the seat of a connection to the expiry of its access token. */
  renew({ state: { seat, principal } }: SeatHolder): void {
    if (seat === undefined) return;
    const { sessionId, expiresAt } = principal;
    const expiry = seatExpiry(expiresAt);
    this.#inBackground(async () => this.#needs.queue().renewSeat(sessionId, seat, expiry));
  }

  #inBackground(work: () => Promise<unknown>): void {
    this.#needs.waitUntil(this.#attempt(work));
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#needs.log({ event: 'hub.seat_failed', level: 'error', error: String(error) });
    }
  }
}
