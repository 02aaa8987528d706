/**
 * When a connection is closed because its access token expired or its client is silent: rules [H39]
 * and [H41].
 *
 * @module
 */

import { type Millis, minutes, type NumericDate, seconds } from '../../../shared/clock.ts';

/** How long a socket may outlive its access token: time for the client to present the next one. */
const EXPIRY_GRACE = seconds(30);
/** How long a client may send neither a message nor a keep-alive. */
const IDLE_LIMIT = minutes(30);

export type Liveness = {
  /** `exp` of the access token. */
  readonly expiresAt: NumericDate;
  /** The time of the last message or keep-alive. */
  readonly heardAt: Millis;
};

/** When a connection is closed if the client sends nothing more. */
export const deadlineOf = ({ expiresAt, heardAt }: Liveness): Millis =>
  Math.min(graceEnd(expiresAt), heardAt + IDLE_LIMIT);

/** When the socket of a token that expires at `expiresAt` is closed. */
export const graceEnd = (expiresAt: NumericDate): Millis => seconds(expiresAt) + EXPIRY_GRACE;

/** Why a connection is to be closed at `now`. `undefined` if it is not. */
export function overdue(
  { expiresAt, heardAt }: Liveness,
  now: Millis,
): 'token_expired' | 'idle' | undefined {
  if (now >= graceEnd(expiresAt)) return 'token_expired';
  return now >= heardAt + IDLE_LIMIT ? 'idle' : undefined;
}
