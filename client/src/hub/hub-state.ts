import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { SallyportError } from '../common/errors.ts';

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

/**
 * The close code that means what the HTTP API says of a connection that did not open. `undefined`:
 * it says nothing of that.
 */
export function closeCodeOf({ code, status }: SallyportError): number | undefined {
  if (code === 'unreachable' || status === 404) return undefined;
  if (status === 401) return CloseCode.unauthorized;
  return status === 429 || (status ?? 0) >= 500 ? LOST : REFUSED;
}

/** What `connect.disconnect-notification` announces. An unknown reason counts as a loss. */
export const closeCodeOfReason = (reason: string | undefined): number =>
  ANNOUNCED[reason ?? ''] ?? LOST;

const ANNOUNCED: Readonly<Record<string, number>> = {
  session_revoked: CloseCode.unauthorized,
  session_expired: CloseCode.unauthorized,
  kicked: CloseCode.kicked,
  idle: CloseCode.idle,
  superseded: CloseCode.superseded,
  rate_limited: 4429,
};

/** RFC 6455 §7.4.1. */
const LOST = 1006;
/** Of those that mean: fix something. The hub has no use for this one. */
const REFUSED = 4449;

/** What to do after a connection has ended: come back, come back with another token, or stay away. */
export type AfterClose = 'return' | 'return_with_new_token' | 'stay_away';

/**
 * 4400–4449 mean: fix something before you come back. Two of these are fixed here: a token that has
 * expired, and a silence that only a device which slept can have kept.
 *
 * @see The protocol, "Closing"
 */
export function afterClose(code: number): AfterClose {
  if (code === CloseCode.unauthorized) return 'return_with_new_token';
  if (code === CloseCode.idle) return 'return';
  return code >= 4400 && code <= 4449 ? 'stay_away' : 'return';
}
