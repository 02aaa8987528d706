import { type Millis, minutes, seconds } from '../../../../shared/clock.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';

/** What the clocks of two machines may differ by. */
const SKEW = seconds(10);
/** FAPI 2.0 Message Signing §5.3.1: `nbf` and `exp` are no further apart or away than this. */
const LONGEST_LIFE = minutes(60);

export type Expected = {
  readonly clientId: string;
  readonly issuer: string;
  readonly now: Millis;
  /** `exp` and `nbf` must be there, and close (FAPI 2.0 Message Signing §5.3.1). */
  readonly isShortLived: boolean;
};

/**
 * Judges the claims by which a request object says who made it, for whom, and until when
 * (RFC 9101 §4, §10.8; RFC 7519 §4.1).
 *
 * @returns What is wrong, for the client's developer.
 */
export function judgeRequestObject(
  claims: JsonObject,
  expected: Expected,
): Result<undefined, string> {
  const { clientId, issuer } = expected;
  if (claims['iss'] !== clientId) return err('its iss is not the client');
  if (![claims['aud']].flat().includes(issuer)) return err('its aud is not this issuer');
  if ((claims['client_id'] ?? clientId) !== clientId) return err('its client_id is another one');
  // A client's assertion of itself has `sub`: it must not pass for a request (RFC 9101 §10.8).
  if (claims['sub'] === clientId) return err('its sub is the client');
  if (Object.hasOwn(claims, 'request') || Object.hasOwn(claims, 'request_uri')) {
    return err('it holds a request or request_uri');
  }
  const times = readTimes(claims);
  if (times === undefined) return err('a time is no number');
  const fault =
    timeFault(times, expected.now) ??
    (expected.isShortLived ? lifeFault(times, expected.now) : undefined);
  return fault === undefined ? ok(undefined) : err(fault);
}

/** Milliseconds. */
type Times = Readonly<Record<'exp' | 'nbf' | 'iat', Millis | undefined>>;

function readTimes(claims: JsonObject): Times | undefined {
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map((name) => claims[name]);
  if (!isTime(exp) || !isTime(nbf) || !isTime(iat)) return undefined;
  return { exp: millis(exp), nbf: millis(nbf), iat: millis(iat) };
}

const millis = (time: number | undefined): Millis | undefined =>
  time === undefined ? undefined : seconds(time);

const isTime = (value: unknown): value is number | undefined =>
  value === undefined || typeof value === 'number';

function timeFault({ exp, nbf, iat }: Times, now: Millis): string | undefined {
  if (exp !== undefined && exp <= now - SKEW) return 'it has expired';
  if (nbf !== undefined && nbf > now + SKEW) return 'it is not valid yet';
  return iat !== undefined && iat > now + SKEW ? 'its iat is in the future' : undefined;
}

function lifeFault({ exp, nbf }: Times, now: Millis): string | undefined {
  if (exp === undefined || nbf === undefined) return 'it has no exp or no nbf';
  const isClose = exp - nbf <= LONGEST_LIFE && now - nbf <= LONGEST_LIFE + SKEW;
  return isClose ? undefined : 'it lives for more than 60 minutes';
}
