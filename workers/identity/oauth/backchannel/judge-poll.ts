/**
 * What a poll of the token endpoint is answered: pure rules.
 *
 * @see [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5), OpenID Connect CIBA §11
 * @module
 */

import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { Allowed, Answer, Pace } from './backchannel-requests.ts';

/** Seconds between two polls, at first: what a client does that is told nothing (RFC 8628 §3.2). */
export const INTERVAL = 5;
const SLOW_DOWN = 5;
/** Timers of clients fire a little early. */
const TOLERANCE: Millis = 500;

export type Poll = {
  readonly expiresAt: Millis;
  readonly answer: Answer | undefined;
  /** `undefined`: it is the first. */
  readonly pace: Pace | undefined;
  readonly now: Millis;
};

export type PollVerdict =
  | { readonly to: 'redeem'; readonly answer: Allowed }
  | { readonly to: 'refuse'; readonly error: 'access_denied' | 'expired_token' }
  | {
      readonly to: 'wait';
      readonly error: 'authorization_pending' | 'slow_down';
      readonly pace: Pace;
    };

/** Who has an answer to hear is never told to slow down: it was its last poll. */
export function judgePoll({ expiresAt, answer, pace, now }: Poll): PollVerdict {
  if (now >= expiresAt) return { to: 'refuse', error: 'expired_token' };
  if (answer?.verdict === 'denied') return { to: 'refuse', error: 'access_denied' };
  if (answer !== undefined) return { to: 'redeem', answer };
  const interval = pace?.interval ?? INTERVAL;
  const isHasty = pace !== undefined && now < pace.polledAt + seconds(interval) - TOLERANCE;
  if (!isHasty) {
    return { to: 'wait', error: 'authorization_pending', pace: { polledAt: now, interval } };
  }
  // For this and all polls to come.
  const slower = { polledAt: now, interval: interval + SLOW_DOWN };
  return { to: 'wait', error: 'slow_down', pace: slower };
}
