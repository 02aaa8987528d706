/**
 * What a poll of the token endpoint is answered: pure rules.
 *
 * @see [RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5), OpenID Connect CIBA §11
 * @module
 */

import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { Allowed, Answer, Pace } from './request-store.ts';

/** Seconds between two polls, at first: the default of RFC 8628 §3.2. */
export const INTERVAL = 5;
/** Seconds that are added where a poll came too soon (RFC 8628 §3.5). */
const SLOW_DOWN = 5;
/** Timers of clients fire a little early. */
const TOLERANCE: Millis = 500;

export type Poll = {
  readonly expiresAt: Millis;
  readonly answer: Answer | undefined;
  /** `undefined`: this poll is the first. */
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

/** Only a poll without an answer is judged by its pace: one that gets the answer is the client's last. */
export function judgePoll({ expiresAt, answer, pace, now }: Poll): PollVerdict {
  if (now >= expiresAt) return { to: 'refuse', error: 'expired_token' };
  if (answer?.verdict === 'denied') return { to: 'refuse', error: 'access_denied' };
  if (answer !== undefined) return { to: 'redeem', answer };
  const interval = pace?.interval ?? INTERVAL;
  const isTooSoon = pace !== undefined && now < pace.polledAt + seconds(interval) - TOLERANCE;
  if (!isTooSoon) {
    return { to: 'wait', error: 'authorization_pending', pace: { polledAt: now, interval } };
  }
  // Applies to this poll and to all that follow (RFC 8628 §3.5).
  const slower = { polledAt: now, interval: interval + SLOW_DOWN };
  return { to: 'wait', error: 'slow_down', pace: slower };
}
