/**
 * What is asked of the admission queue. The connect Worker hands out and judges grants and tickets;
 * the queue knows only what is in them.
 *
 * @module
 */

import { type Millis, type NumericDate, seconds } from '../../clock.ts';

/** What a session is told that asks for access. */
export type QueueAnswer =
  | {
      readonly as: 'granted';
      readonly grantId: string;
      /** Whole seconds. */
      readonly expiresIn: number;
    }
  | {
      readonly as: 'waiting';
      /** Names the place in the queue: grows from one to the next. */
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
  /** `undefined`: the client showed no grant, which does for a session that has a seat. */
  readonly grantId: string | undefined;
  /** Names the connection, which gives back only its own hold of the seat. */
  readonly holder: string;
  /** When this connection holds it no longer, if nobody says anything. */
  readonly until: Millis;
};

export type QueueStatus = {
  /** Whether who comes now is admitted at once. */
  readonly open: boolean;
  readonly waiting: number;
  /** Seats that are taken or kept, and grants that are not used yet. */
  readonly held: number;
  readonly capacity: number;
  readonly paused: boolean;
  /** For who comes now. `null`: not known. */
  readonly etaSeconds: number | null;
};

export type QueueChange = {
  /** `null`: what the settings say. */
  readonly capacity?: number | null | undefined;
  /** Nobody is admitted, except by {@link QueueAdministrationRpc.release}. */
  readonly paused?: boolean | undefined;
};

/** For whoever waits. */
export interface QueueWaitingRpc {
  /**
   * Admits a session, or gives it a place. Asking again keeps both.
   *
   * @param userId - The account of the session. Left out by the version before: nobody's budget is used.
   */
  ask(sessionId: string, userId?: string): Promise<QueueAnswer>;
  /** The same for who shows nothing but the ticket of a place: a lost one is not given again. */
  askAgain(sessionId: string, place: number): Promise<QueueAnswer>;
  /** Gives up a place or an unused grant; of a certain place, if one is named. Idempotent. */
  giveUp(sessionId: string, place?: number): Promise<void>;
}

/** For connections. */
export interface QueueSeatsRpc {
  /**
   * Takes the seat that a grant gives, or finds that the session has one.
   *
   * @returns `false`: the session must queue.
   */
  takeSeat(request: SeatRequest): Promise<boolean>;
  /** The connection goes on under a newer token. Returns whether it holds the seat. */
  renewSeat(sessionId: string, holder: string, until: Millis): Promise<boolean>;
  /** The connection is lost: after the last one, the seat is kept for 120 s. Idempotent. */
  leaveSeat(sessionId: string, holder: string): Promise<void>;
}

/** For administrators. */
export interface QueueAdministrationRpc {
  status(): Promise<QueueStatus>;
  change(change: QueueChange): Promise<QueueStatus>;
  /** Admits more of those who wait, whatever the capacity. Returns how many. */
  release(count: number): Promise<number>;
}

export interface QueueRpc extends QueueWaitingRpc, QueueSeatsRpc, QueueAdministrationRpc {}

/** The one admission queue of a deployment, in the namespace of queues. */
export const QUEUE_NAME = 'queue:connect';

/** When a seat is free again that nobody gives back: a hub closes sockets somewhat after their token expires. */
export const seatExpiry = (expiresAt: NumericDate): Millis => seconds(expiresAt + 90);
