import type { Millis } from '../clock.ts';

/** What hubs and the connect Worker ask of the admission queue. */
export interface QueueRpc {
  /**
   * Takes the seat that a grant gives, or finds that the session has one.
   *
   * @param grantId `undefined`: the client showed none, which does for a session that has a seat.
   * @returns `false`: the session must queue.
   */
  takeSeat(sessionId: string, grantId: string | undefined, until: Millis): Promise<boolean>;
  /** The connection is lost: its place is kept for 120 s. Idempotent. */
  leaveSeat(sessionId: string): Promise<void>;
}

/** The one admission queue of a deployment, in the namespace of queues. */
export const QUEUE_NAME = 'queue:connect';
