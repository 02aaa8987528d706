/**
 * The methods of the admission queue. The connect Worker seals and unseals grants and tickets; the
 * queue sees only their contents.
 *
 * @module
 */

import { type Millis, type NumericDate, seconds } from '../../clock.ts';

/** The answer to a session that asks for access. */
export type QueueAnswer =
  | {
      readonly as: 'granted';
      readonly grantId: string;
      /** Whole seconds. */
      readonly expiresIn: number;
    }
  | {
      readonly as: 'waiting';
      /** Identifies the place in the queue. A later place has a larger value. */
      readonly place: number;
      /** 1 for the first. */
      readonly position: number;
      /** `null`: not known yet. */
      readonly etaSeconds: number | null;
      readonly retryAfterSeconds: number;
    }
  /** Too many wait already. */
  | { readonly as: 'full' }
  /** The user has as many places, grants and seats as one user may have. */
  | { readonly as: 'too_many'; readonly most: number }
  /** The place was given up, not asked for in time, or used. */
  | { readonly as: 'lost' };

export type SeatRequest = {
  readonly sessionId: string;
  /** `undefined` if the client showed no grant, which a session that has a seat does not need. */
  readonly grantId: string | undefined;
  /** Identifies the connection among the holders of the seat. */
  readonly holder: string;
  /** When the connection stops holding the seat unless it is renewed. */
  readonly until: Millis;
};

export type QueueStatus = {
  /** Whether a session that asks now is admitted at once. */
  readonly open: boolean;
  readonly waiting: number;
  /** Seats that are taken or kept, and grants that are not used yet. */
  readonly held: number;
  readonly capacity: number;
  readonly paused: boolean;
  /** For a session that asks now. `null`: not known. */
  readonly etaSeconds: number | null;
};

export type QueueChange = {
  /** `null`: as in the settings. */
  readonly capacity?: number | null | undefined;
  /** Nobody is admitted, except by {@link QueueAdministrationRpc.release}. */
  readonly paused?: boolean | undefined;
};

/** The methods for sessions that wait. */
export interface QueueWaitingRpc {
  /**
   * Admits a session, or gives it a place. Asking again keeps both.
   *
   * @param userId - The account of the session. Left out by the version before: nobody's budget is used.
   */
  ask(sessionId: string, userId?: string): Promise<QueueAnswer>;
  /** The same for who shows nothing but the ticket of a place: a lost one is not given again. */
  askAgain(sessionId: string, place: number): Promise<QueueAnswer>;
  /**
   * Gives up a place or an unused grant. With `place`, only if the session has that place.
   * Idempotent.
   */
  giveUp(sessionId: string, place?: number): Promise<void>;
}

/** The methods for connections. */
export interface QueueSeatsRpc {
  /**
   * Takes the seat that a grant gives, or finds that the session has one.
   *
   * @returns `false`: the session must queue.
   */
  takeSeat(request: SeatRequest): Promise<boolean>;
  /** Extends the seat of a connection that has a newer token. Returns whether it holds the seat. */
  renewSeat(sessionId: string, holder: string, until: Millis): Promise<boolean>;
  /**
   * Records that a connection is lost. After the last one, the seat is kept for 120 s. Idempotent.
   */
  leaveSeat(sessionId: string, holder: string): Promise<void>;
}

/** The methods for administrators. */
export interface QueueAdministrationRpc {
  status(): Promise<QueueStatus>;
  change(change: QueueChange): Promise<QueueStatus>;
  /** Admits so many of those who wait, even beyond the capacity. Returns how many. */
  release(count: number): Promise<number>;
}

export interface QueueRpc extends QueueWaitingRpc, QueueSeatsRpc, QueueAdministrationRpc {}

/** The one admission queue of a deployment, in the namespace of queues. */
export const QUEUE_NAME = 'queue:connect';

/**
 * When a seat that is not given back becomes free. It is later than the token's expiry, because a
 * hub closes sockets with a delay.
 */
export const seatExpiry = (expiresAt: NumericDate): Millis => seconds(expiresAt + 90);
