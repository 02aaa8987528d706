/**
 * What must still be told to others about ended sessions.
 *
 * @module
 */

import { type Millis, type NumericDate, seconds, toNumericDate } from '../../shared/clock.ts';
import type { SessionEndReason } from '../../shared/contracts/connect/connect-rpc.ts';
import type { EndReason } from '../../shared/contracts/identity/user-sessions.ts';
import type { SessionId } from '../../shared/ids.ts';
import { unreachable } from '../../shared/result.ts';

export const DESTINATIONS = ['revocation-log', 'connect'] as const;
export type Destination = (typeof DESTINATIONS)[number];

/** One ended session, to be told to one destination. */
export type Notice = {
  readonly seq: number;
  readonly destination: Destination;
  readonly sessionId: SessionId;
  readonly reason: EndReason;
  /** When no token of the session can be alive: telling it is pointless from then on. */
  readonly expiresAt: NumericDate;
  /** Failed attempts so far. */
  readonly attempts: number;
};

/**
 * How long a revocation outlives the tokens it speaks of: for clocks that are behind, and for a
 * reply that was repeated some seconds after its rotation.
 */
const MARGIN = seconds(60);

export const noticeExpiry = (accessUntil: Millis): NumericDate =>
  toNumericDate(accessUntil + MARGIN) + 1;

export const isPointless = (notice: Notice, now: Millis): boolean =>
  toNumericDate(now) >= notice.expiresAt;

/** How long to wait after the `attempts`-th failure: 1 s, doubling to 60 s. */
export const retryDelay = (attempts: number): Millis =>
  seconds(Math.min(60, 2 ** Math.min(attempts - 1, 6)));

/** What a client is told. */
export function clientReason(reason: EndReason): SessionEndReason {
  switch (reason) {
    case 'admin':
      return 'kicked';
    case 'logout':
    case 'remote':
    case 'theft':
    case 'account_deleted':
    case 'revoked':
    case 'code_reused':
      return 'session_revoked';
    default:
      return unreachable(reason);
  }
}
