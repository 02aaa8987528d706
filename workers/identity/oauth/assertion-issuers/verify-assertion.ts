/**
 * Assertions in which somebody else vouches for a user (RFC 7523 §3).
 *
 * Stricter than the RFC where it leaves room: an assertion is good for one use and an hour, and names
 * nobody but us.
 *
 * @module
 */

import { toNumericDate } from '../../../../shared/clock.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { decodeJws } from '../../../../shared/tokens/jws.ts';
import { type JsonObject, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import { namesOnlyUs, timeFault } from '../client-jwt/assertion-rules.ts';
import { CLIENT_JWT_ALGORITHMS } from '../client-jwt/verify-client-jwt.ts';
import { verifySignedJwt } from '../client-jwt/verify-signed-jwt.ts';
import type { Client } from '../clients/client.ts';
import { TOKEN_ENDPOINT } from '../endpoints.ts';
import type { AssertionIssuer } from './assertion-issuer.ts';

/** Seconds from now to `exp`, at most. */
const LONGEST_LIFE = 3_600;

/** A JWT of another type was made for something else (RFC 8725 §3.11). */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'jwt', 'authorization-grant+jwt'];

/** Somebody as a trusted issuer names them. */
export type Vouching = {
  readonly issuer: AssertionIssuer;
  readonly subject: string;
  readonly claims: JsonObject;
};

type VerifyServices = Pick<Services, 'clock' | 'config' | 'knownAssertionIssuers'>;

/**
 * Verifies an assertion. Does NOT use it up, and does not ask whether there is such a user.
 *
 * @returns Why it is refused, for the log.
 * @throws {OAuthError} `temporarily_unavailable` if the issuer's keys cannot be had.
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function verifyAssertion(
  assertion: string,
  { clientId }: Client,
  { clock, config, knownAssertionIssuers }: VerifyServices,
): Promise<Result<Vouching, string>> {
  const name = issuerOf(assertion);
  const issuer = name === undefined ? undefined : await knownAssertionIssuers.find(name);
  if (issuer?.enabled !== true) return err('issuer_unknown');
  if (!issuer.clients.includes(clientId)) return err('client_not_allowed');
  const verified = await verifySignedJwt(assertion, {
    algorithms: CLIENT_JWT_ALGORITHMS,
    areRemote: issuer.jwksUri !== null,
    keys: (refresh) => knownAssertionIssuers.keysOf(issuer, refresh),
  });
  if (!verified.ok) return err(verified.error.reason);
  const { header, claims } = verified.value;
  if (!TYPES.includes(header['typ'])) return err('type_refused');
  if (!namesOnlyUs(claims['aud'], config.issuer, TOKEN_ENDPOINT)) return err('audience');
  const untimely = timeFault(claims, toNumericDate(clock()), LONGEST_LIFE);
  if (untimely !== undefined) return err(untimely);
  const { sub } = claims;
  return isName(sub) ? ok({ issuer, subject: sub, claims }) : err('subject');
}

/** As much as any provider calls its users, and nothing that a database could stumble over. */
const isName = (sub: unknown): sub is string =>
  typeof sub === 'string' && sub.isWellFormed() && /^\P{Cc}{1,512}$/u.test(sub);

/** Only to find whose keys to verify it with: nothing of it is to be believed yet. */
export function issuerOf(assertion: string): string | undefined {
  const decoded = decodeJws(assertion, assertion.length);
  const iss = decoded.ok ? parseStrictObject(decoded.value.payload)?.['iss'] : undefined;
  return typeof iss === 'string' && /^[\x21-\x7e]{1,2000}$/.test(iss) ? iss : undefined;
}
