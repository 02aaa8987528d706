/** Milliseconds since the Unix epoch. */
export type Millis = number;

/** Seconds since the Unix epoch, as in JWT's `NumericDate` (RFC 7519 §2). */
export type NumericDate = number;

/** Reads the current time. Domain code receives one; only composition roots name `Date.now`. */
export type Clock = () => Millis;

export const seconds = (n: number): Millis => n * 1_000;
export const minutes = (n: number): Millis => seconds(n * 60);
export const hours = (n: number): Millis => minutes(n * 60);
export const days = (n: number): Millis => hours(n * 24);

/**
 * How long ago a moment was. One that lies in the future, because a clock was set back or another machine's
 * runs behind, counts as that far in the past: so nothing that is due at some age waits for the clock to
 * catch up, and a difference of some milliseconds does not matter.
 */
export const ageOf = (moment: Millis, now: Millis): Millis => Math.abs(now - moment);

/** The `NumericDate` at or before `at`. */
export const toNumericDate = (at: Millis): NumericDate => Math.floor(at / 1_000);
