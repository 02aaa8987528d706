import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { SallyportError } from '../common/errors.ts';

/**
 * Why a hub does not reconnect by itself:
 *
 * - `requested`: you closed it.
 * - `signed_out`: nobody is signed in, or another user is.
 * - `superseded` (4409): the same session is connected elsewhere. Reconnecting would close that one.
 * - `kicked` (4403), `slow` (4413), `rate_limited` (4429), `protocol_error` (4400), `refused` (another
 *   of 4400–4449): fix the cause, then call `reconnect()`.
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
  /** The estimated wait in seconds; `undefined` while there is no estimate. */
  readonly etaSeconds: number | undefined;
};

/** The state of a hub's connection. */
export type HubState =
  | { readonly name: 'connecting' }
  | {
      readonly name: 'open';
      /**
       * Whether the events continue from the last connection without a gap. If not, and this is not
       * the first connection, load what you show from your services again.
       */
      readonly resumed: boolean;
    }
  | {
      readonly name: 'reconnecting';
      /** How many attempts in a row have failed; the loss itself counts as one. */
      readonly failures: number;
      /** Milliseconds from when this state began until the next attempt. */
      readonly retryInMs: number;
      /** The place of this client where the deployment is full. */
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

/** The reason that a close code means. */
export const closeReason = (code: number): CloseReason => REASONS[code] ?? 'refused';

/**
 * The close code for an answer of the HTTP API about a connection that did not open. `undefined` if
 * the answer does not tell why.
 */
export function closeCodeOf({ code, status }: SallyportError): number | undefined {
  if (code === 'unreachable' || status === 404) return undefined;
  if (status === 401) return CloseCode.unauthorized;
  return status === 429 || (status ?? 0) >= 500 ? ABNORMAL_CLOSURE : REFUSED;
}

/** The close code for a reason of `connect.disconnect-notification`; an unknown one is a loss. */
export const closeCodeOfReason = (reason: string | undefined): number =>
  CODES[reason ?? ''] ?? ABNORMAL_CLOSURE;

const CODES: Readonly<Record<string, number>> = {
  session_revoked: CloseCode.unauthorized,
  session_expired: CloseCode.unauthorized,
  kicked: CloseCode.kicked,
  idle: CloseCode.idle,
  superseded: CloseCode.superseded,
  rate_limited: 4429,
};

/** RFC 6455 §7.4.1. */
export const ABNORMAL_CLOSURE = 1006;
/** One of the codes after which a client stays closed; the hub itself does not send it. */
const REFUSED = 4449;

/** What a client does after its connection has closed. */
export type AfterClose = 'reconnect' | 'renew_token' | 'stay_closed';

/**
 * 4400–4449 ask the client to change something before it reconnects. The SDK does so for two of
 * them: it replaces an expired token, and a connection is idle only after the device slept.
 *
 * @see The protocol, "Closing"
 */
export function afterClose(code: number): AfterClose {
  if (code === CloseCode.unauthorized) return 'renew_token';
  if (code === CloseCode.idle) return 'reconnect';
  return code >= 4400 && code <= 4449 ? 'stay_closed' : 'reconnect';
}
