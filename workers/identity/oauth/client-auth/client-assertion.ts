/**
 * `private_key_jwt`: the client signs an assertion of its name (RFC 7523 §2.2, §3).
 *
 * Stricter than the RFC where it leaves room: an assertion is good for one use and five minutes, and
 * names nobody but us. A FAPI 2.0 client's names the issuer, as a string (FAPI 2.0 Security Profile
 * §5.3.2.1): an authorization server that it knows, too, cannot pass on what it was sent.
 *
 * @module
 */

import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type NumericDate, toNumericDate } from '../../../../shared/clock.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { verifyClientJwt } from '../client-jwt/verify-client-jwt.ts';
import type { Client } from '../clients/client.ts';
import { endpointUrl, TOKEN_ENDPOINT } from '../endpoints.ts';
import type { ClientAuthServices } from './client-auth-services.ts';

/** Seconds from now to `exp`, at most. */
const LONGEST_LIFE = 300;
/** Seconds that the client's clock may be ahead (FAPI 2.0 Security Profile §5.3.2.1 asks for ten). */
const CLOCK_TOLERANCE = 10;

export type AssertionRequest = {
  readonly client: Client;
  readonly assertion: string;
  /** The path of the endpoint that it was sent to. */
  readonly endpoint: string;
};

/** @returns Why the assertion is refused; `undefined` if it is good, and used up now. */
export async function assertionFault(
  { client, assertion, endpoint }: AssertionRequest,
  services: ClientAuthServices,
): Promise<string | undefined> {
  const { config, clock, clients } = services;
  const alg = client.tokenEndpointAuthSigningAlg;
  const verified = await verifyClientJwt(assertion, client, alg, clients);
  if (!verified.ok) return verified.error.reason;
  const { claims } = verified.value;
  const now = toNumericDate(clock());
  // By its `sub` the client was found.
  if (claims['iss'] !== client.clientId) return 'issuer';
  if (!isForUs(claims['aud'], client, config.issuer, endpoint)) return 'audience';
  return timeFault(claims, now) ?? useUp(claims, client, now, services);
}

function isForUs(aud: unknown, client: Client, issuer: string, endpoint: string): boolean {
  if (client.profile !== 'none') return aud === issuer;
  const ours = [issuer, endpointUrl(issuer, TOKEN_ENDPOINT), endpointUrl(issuer, endpoint)];
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.length > 0 && named.every((one) => ours.some((name) => name === one));
}

function timeFault({ exp, nbf, iat }: JsonObject, now: NumericDate): string | undefined {
  if (typeof exp !== 'number' || exp <= now) return 'expired';
  if (exp > now + LONGEST_LIFE + CLOCK_TOLERANCE) return 'too_long_lived';
  const hasBegun = (date: unknown) => typeof date === 'number' && date <= now + CLOCK_TOLERANCE;
  return [nbf, iat].every((date) => date === undefined || hasBegun(date)) ? undefined : 'early';
}

/** An assertion is remembered for as long as it could be used again (RFC 7523 §3, `jti`). */
async function useUp(
  { jti, exp }: JsonObject,
  { clientId }: Client,
  now: NumericDate,
  { ttlStore }: ClientAuthServices,
): Promise<string | undefined> {
  if (typeof jti !== 'string' || jti === '') return 'jti';
  const name = toBase64Url(await sha256(utf8(JSON.stringify([clientId, jti]))));
  const remaining = Math.ceil(Number(exp)) - now + CLOCK_TOLERANCE;
  const isFirst = await ttlStore().putIfAbsent(`assertion:${name}`, '1', remaining);
  return isFirst ? undefined : 'replayed';
}
