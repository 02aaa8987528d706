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
  return judgeTimes(claims, expected);
}

function judgeTimes(
  { exp, nbf, iat }: JsonObject,
  { now, isShortLived }: Expected,
): Result<undefined, string> {
  for (const time of [exp, nbf, iat]) {
    if (time !== undefined && typeof time !== 'number') return err('a time is no number');
  }
  const until = typeof exp === 'number' ? seconds(exp) : undefined;
  const from = typeof nbf === 'number' ? seconds(nbf) : undefined;
  if (until !== undefined && until <= now - SKEW) return err('it has expired');
  if (from !== undefined && from > now + SKEW) return err('it is not valid yet');
  if (typeof iat === 'number' && seconds(iat) > now + SKEW) return err('its iat is in the future');
  if (!isShortLived) return ok(undefined);
  if (until === undefined || from === undefined) return err('it has no exp or no nbf');
  const isClose = until - from <= LONGEST_LIFE && now - from <= LONGEST_LIFE + SKEW;
  return isClose ? ok(undefined) : err('it lives for more than 60 minutes');
}
