import { type Millis, minutes, type NumericDate, seconds } from '../../../shared/clock.ts';

/** How long a socket may outlive its access token: time to present the next one. */
const EXPIRY_GRACE = seconds(30);
/** How long a client may be silent: no message, no keep-alive. */
const IDLE_LIMIT = minutes(30);

export type Liveness = {
  /** `exp` of the access token. */
  readonly expiresAt: NumericDate;
  /** When the client was last heard. */
  readonly heardAt: Millis;
};

/** When a connection ends if nothing more is heard of it. */
export const deadlineOf = ({ expiresAt, heardAt }: Liveness): Millis =>
  Math.min(graceEnd(expiresAt), heardAt + IDLE_LIMIT);

/** When the socket of a token that expires at `expiresAt` is closed. */
export const graceEnd = (expiresAt: NumericDate): Millis => seconds(expiresAt) + EXPIRY_GRACE;

/** Why a connection is to be closed at `now`, if it is. */
export function overdue(
  { expiresAt, heardAt }: Liveness,
  now: Millis,
): 'token_expired' | 'idle' | undefined {
  if (now >= graceEnd(expiresAt)) return 'token_expired';
  return now >= heardAt + IDLE_LIMIT ? 'idle' : undefined;
}
