/**
 * `private_key_jwt`: the client signs an assertion of its name (RFC 7523 §2.2, §3).
 *
 * We are stricter where the RFC leaves room: an assertion is good for one use and an hour, and has no
 * audience but us. A FAPI 2.0 client's is good for five minutes and has the issuer as its audience, as a
 * string (FAPI 2.0 Security Profile §5.3.2.1), so that another authorization server cannot pass on what
 * it was sent. There is no `client_secret_jwt`: of secrets we store hashes, which verify no MAC.
 *
 * @module
 */

import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Clock, type NumericDate, toNumericDate } from '../../../../shared/clock.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import { endpointUrl, TOKEN_ENDPOINT } from '../endpoints.ts';
import { verifyClientJwt } from './client-jwt.ts';

/** Seconds from now to `exp`, at most. */
const LONGEST_LIFE = 3_600;
const LONGEST_FAPI_LIFE = 300;

export type AssertionRequest = {
  readonly client: Client;
  readonly assertion: string;
  /** The path of the endpoint that it was sent to. */
  readonly endpoint: string;
};

export type ClientAssertionNeeds = {
  readonly config: { readonly issuer: string };
  readonly clock: Clock;
  readonly clients: Pick<ClientDirectory, 'keysOf'>;
  readonly ttlStore: () => TtlStore;
};

/** Why an assertion is refused. */
export type AssertionFault = {
  /** For the log. */
  readonly reason: string;
  /** For whoever holds the client's key. `undefined`: the sender has not shown that they do. */
  readonly description?: string;
};

/** @returns `undefined` if the assertion is good. It is used up now. */
export async function assertionFault(
  request: AssertionRequest,
  needs: ClientAssertionNeeds,
): Promise<AssertionFault | undefined> {
  const { client, assertion } = request;
  const alg = client.tokenEndpointAuthSigningAlg;
  const verified = await verifyClientJwt(assertion, client, alg, needs.clients);
  if (!verified.ok) return { reason: verified.error.reason };
  const reason = await claimsFault(verified.value.claims, request, needs);
  if (reason === undefined) return undefined;
  return { reason, description: DESCRIPTIONS.get(reason) ?? 'a claim is wrong' };
}

/** What is wrong with an assertion, to be read after "the assertion is refused:". */
const DESCRIPTIONS: ReadonlyMap<string, string> = new Map([
  ['issuer', 'its iss must be the client'],
  ['subject', 'its sub must be the client'],
  ['audience', 'its aud must be the issuer, or outside FAPI the token endpoint, and nobody else'],
  ['expired', 'its exp has passed or is no number'],
  ['too_long_lived', 'its exp is too far away: at most an hour, and 300 seconds for FAPI'],
  ['early', 'its nbf or iat is in the future or no number'],
  ['jti', 'it needs a jti'],
  ['replayed', 'its jti was used before'],
]);

async function claimsFault(
  claims: JsonObject,
  { client, endpoint }: AssertionRequest,
  { config, clock, ttlStore }: ClientAssertionNeeds,
): Promise<string | undefined> {
  const now = toNumericDate(clock());
  if (claims['iss'] !== client.clientId) return 'issuer';
  if (claims['sub'] !== client.clientId) return 'subject';
  if (!isForUs(claims['aud'], client, config.issuer, endpoint)) return 'audience';
  const longestLife = client.profile === 'none' ? LONGEST_LIFE : LONGEST_FAPI_LIFE;
  return timeFault(claims, now, longestLife) ?? useUp(claims, [client.clientId], now, ttlStore());
}

function isForUs(aud: unknown, client: Client, issuer: string, endpoint: string): boolean {
  return client.profile === 'none' ? namesOnlyUs(aud, issuer, endpoint) : aud === issuer;
}

/** Seconds that the signer's clock may be ahead (FAPI 2.0 Security Profile §5.3.2.1 asks for ten). */
const CLOCK_TOLERANCE = 10;

/**
 * Whether an assertion is for this server alone (RFC 7523 §3, 3): another audience could pass on what
 * it was sent.
 */
export function namesOnlyUs(aud: unknown, issuer: string, endpoint: string): boolean {
  const ours = [issuer, endpointUrl(issuer, TOKEN_ENDPOINT), endpointUrl(issuer, endpoint)];
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.length > 0 && named.every((one) => ours.some((name) => name === one));
}

/**
 * Why an assertion is out of its time (RFC 7523 §3, 4 to 6), as a reason for the log.
 *
 * @param longestLife - Seconds from now to `exp`, at most.
 */
export function timeFault(
  { exp, nbf, iat }: JsonObject,
  now: NumericDate,
  longestLife: number,
): string | undefined {
  if (typeof exp !== 'number' || exp <= now) return 'expired';
  if (exp > now + longestLife + CLOCK_TOLERANCE) return 'too_long_lived';
  const hasBegun = (date: unknown) => typeof date === 'number' && date <= now + CLOCK_TOLERANCE;
  return [nbf, iat].every((date) => date === undefined || hasBegun(date)) ? undefined : 'early';
}

/**
 * Uses an assertion up: its `jti` is stored for as long as it could be used again (RFC 7523 §3, 7).
 *
 * @param signer - Within which its `jti` is unique.
 * @returns Why it cannot be used, as a reason for the log.
 */
export async function useUp(
  { jti, exp }: JsonObject,
  signer: readonly string[],
  now: NumericDate,
  ttlStore: TtlStore,
): Promise<string | undefined> {
  if (typeof jti !== 'string' || jti === '') return 'jti';
  const name = toBase64Url(await sha256(utf8(JSON.stringify([...signer, jti]))));
  const remaining = Math.ceil(Number(exp)) - now + CLOCK_TOLERANCE;
  const isFirst = await ttlStore.putIfAbsent(`assertion:${name}`, '1', remaining);
  return isFirst ? undefined : 'replayed';
}
