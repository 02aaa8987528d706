/**
 * Why a hub does not come back by itself:
 *
 * - `requested`: you closed it.
 * - `signed_out`: nobody is signed in, or another user now is.
 * - `superseded` (4409): the same session is connected elsewhere. Coming back would close that one.
 * - `kicked` (4403), `slow` (4413), `rate_limited` (4429), `protocol_error` (4400), `refused` (another
 *   of 4400–4449): fix what it says, then call `reconnect()`.
 */
export type CloseReason =
  | 'requested'
  | 'signed_out'
  | 'superseded'
  | 'kicked'
  | 'slow'
  | 'rate_limited'
  | 'protocol_error'
  | 'refused';

/** A place in the deployment's admission queue. */
export type QueuePlace = {
  /** 1 for the first. */
  readonly position: number;
  /** How long it may take, in seconds. `undefined`: not known yet. */
  readonly etaSeconds: number | undefined;
};

/** How a hub fares. */
export type HubState =
  | { readonly name: 'connecting' }
  | {
      readonly name: 'open';
      /**
       * Whether the events go on where they were when the last connection was lost. If not, and this
       * is not the first connection, ask your services anew for what you show.
       */
      readonly resumed: boolean;
    }
  | {
      readonly name: 'reconnecting';
      /** How many attempts in a row have failed; the loss itself counts. */
      readonly failures: number;
      /** Milliseconds from when this state began until the next attempt. */
      readonly retryInMs: number;
      /** There are too many at once: others are before this client. */
      readonly queue: QueuePlace | undefined;
    }
  | { readonly name: 'closed'; readonly reason: CloseReason };

const REASONS: Readonly<Record<number, CloseReason>> = {
  4400: 'protocol_error',
  4403: 'kicked',
  4409: 'superseded',
  4413: 'slow',
  4429: 'rate_limited',
};

/** The reason that a close code gives. */
export const closeReason = (code: number): CloseReason => REASONS[code] ?? 'refused';
