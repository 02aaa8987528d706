/**
 * A circuit breaker: a service that keeps failing is left alone for a while, so that its clients are
 * told at once and it can recover. Pure.
 *
 * @module
 */

import { type Millis, seconds } from '../../../shared/clock.ts';

export type Breaker =
  /** `failures` in a row. */
  | { readonly state: 'closed'; readonly failures: number }
  /** Nobody is let through before `until`; then one call, which probes. */
  | { readonly state: 'open'; readonly until: Millis }
  | { readonly state: 'probing' };

/** What a call that was let through has to show when it settles. */
export type Pass = { readonly isProbe: boolean };

export type Admittance =
  | { readonly pass: Pass; readonly breaker: Breaker }
  /** `retryAfter` is how long it makes no sense to try. */
  | { readonly pass: undefined; readonly retryAfter: Millis };

/** How a call ended. One that was cancelled says nothing of its service. */
export type CallEnd = 'served' | 'failed' | 'cancelled';

export const FAILURE_LIMIT = 5;
const OPEN_FOR = seconds(10);

export const CLOSED: Breaker = { state: 'closed', failures: 0 };

/** Whether a call may be made. */
export function admitCall(breaker: Breaker, now: Millis): Admittance {
  if (breaker.state === 'closed') return { pass: { isProbe: false }, breaker };
  if (breaker.state === 'probing') return { pass: undefined, retryAfter: OPEN_FOR };
  return now < breaker.until
    ? { pass: undefined, retryAfter: breaker.until - now }
    : { pass: { isProbe: true }, breaker: { state: 'probing' } };
}

/** What the end of a call changes. Once a breaker has opened, only its probe counts. */
export function settleCall(
  breaker: Breaker,
  { isProbe }: Pass,
  end: CallEnd,
  now: Millis,
): Breaker {
  if (isProbe) return settleProbe(end, now);
  if (breaker.state !== 'closed' || end === 'cancelled') return breaker;
  if (end === 'served') return CLOSED;
  const failures = breaker.failures + 1;
  return failures < FAILURE_LIMIT ? { state: 'closed', failures } : opened(now);
}

function settleProbe(end: CallEnd, now: Millis): Breaker {
  if (end === 'served') return CLOSED;
  // A probe that was cancelled showed nothing: the next call is one.
  return end === 'failed' ? opened(now) : { state: 'open', until: now };
}

const opened = (now: Millis): Breaker => ({ state: 'open', until: now + OPEN_FOR });
