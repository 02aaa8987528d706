/**
 * What every assertion must be, whoever signed it (RFC 7523 §3). Faults are reasons for the log.
 *
 * @module
 */

import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { NumericDate } from '../../../../shared/clock.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { endpointUrl, TOKEN_ENDPOINT } from '../endpoints.ts';

/** Seconds that the signer's clock may be ahead (FAPI 2.0 Security Profile §5.3.2.1 asks for ten). */
const CLOCK_TOLERANCE = 10;

/** Whether it names us, and nobody beside us, who could pass on what they were sent (§3, 3). */
export function namesOnlyUs(aud: unknown, issuer: string, endpoint: string): boolean {
  const ours = [issuer, endpointUrl(issuer, TOKEN_ENDPOINT), endpointUrl(issuer, endpoint)];
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.length > 0 && named.every((one) => ours.some((name) => name === one));
}

/** @param longestLife - Seconds from now to `exp`, at most (§3, 4). */
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
 * Uses an assertion up: it is remembered for as long as it could be used again (§3, 7).
 *
 * @param signer - Within which its `jti` is unique.
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
