/**
 * Validation of JWT access tokens.
 *
 * @see [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)
 * @module
 */

import type { Millis, NumericDate } from '../clock.ts';
import type { Principal } from '../contracts/edge/principal.ts';
import { isSameResource } from '../http/resource-key.ts';
import { err, ok, type Result } from '../result.ts';
import { type AccessTokenClaims, readClaims } from './access-token-claims.ts';
import { type JwsPolicy, verifyJws } from './jws.ts';
import { type JsonObject, parseStrictObject } from './strict-json.ts';
import type { TokenError } from './token-error.ts';
import type { VerificationKey, VerificationKeys } from './verification-keys.ts';

export type AccessTokenPolicy = JwsPolicy & {
  /** Compared character by character (RFC 9068 §4). */
  readonly issuer: string;
};

/** An access token whose signature, type, issuer, claims and times were checked. */
export type AccessToken = {
  readonly principal: Principal;
  readonly audiences: readonly string[];
  readonly issuedAt: NumericDate;
  readonly expiresAt: NumericDate;
  readonly authTime: NumericDate | undefined;
  readonly acr: string | undefined;
  readonly key: VerificationKey;
  /** Every claim, as signed. */
  readonly claims: JsonObject;
};

/** How far ahead the issuer's clock may be, in seconds. `exp` is compared without tolerance. */
const CLOCK_TOLERANCE = 5;

/**
 * Validates an access token. Does NOT check the audience (see {@link isMeantFor}), scopes or revocation,
 * nor that the sender holds the key that the token is bound to.
 *
 * @param now - Milliseconds; at `exp` and after it the token is expired (RFC 7519 §4.1.4).
 */
export async function verifyAccessToken(
  token: string,
  keys: VerificationKeys,
  policy: AccessTokenPolicy,
  now: Millis,
): Promise<Result<AccessToken, TokenError>> {
  const jws = await verifyJws(token, keys, policy);
  if (!jws.ok) return jws;
  const { header, payload, key } = jws.value;
  if (!isAccessTokenType(header['typ'])) return err({ reason: 'type_refused' });
  const members = parseStrictObject(payload);
  if (members === undefined) return err({ reason: 'malformed', part: 'payload' });
  const claims = readClaims(members);
  if (!claims.ok) return claims;
  if (claims.value.issuer !== policy.issuer) return err({ reason: 'issuer_mismatch' });
  const untimely = judgeTimes(claims.value, now / 1_000);
  return untimely === undefined ? ok({ ...claims.value, key, claims: members }) : err(untimely);
}

/** Whether `audience` is among the token's (RFC 7519 §4.1.3). */
export const isMeantFor = ({ audiences }: AccessToken, audience: string): boolean =>
  audiences.some((one) => isSameResource(one, audience));

/** RFC 9068 §4; `application/` may be left out, and case does not matter (RFC 7515 §4.1.9). */
function isAccessTokenType(typ: unknown): boolean {
  return typeof typ === 'string' && /^(?:application\/)?at\+jwt$/i.test(typ);
}

function judgeTimes(claims: AccessTokenClaims, now: number): TokenError | undefined {
  const { expiresAt, notBefore, issuedAt } = claims;
  if (now >= expiresAt) return { reason: 'expired', expiredAt: expiresAt };
  if (notBefore > now + CLOCK_TOLERANCE) return { reason: 'not_yet_valid', claim: 'nbf' };
  if (issuedAt > now + CLOCK_TOLERANCE) return { reason: 'not_yet_valid', claim: 'iat' };
  return undefined;
}
