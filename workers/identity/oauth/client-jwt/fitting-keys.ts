import type { JwsAlgorithm } from '../../../../shared/tokens/algorithms.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import {
  importVerificationKey,
  type VerificationKey,
} from '../../../../shared/tokens/verification-keys.ts';

/** So many keys are tried for a JWS that names none. */
const MOST_KEYS = 4;

/**
 * The keys of a set that may have signed a JWS with this header. A set's keys need name neither `kid`
 * nor `alg` (RFC 7517 §4.4, §4.5); where they do, the header must agree.
 */
export async function fittingKeys(
  jwks: readonly JsonObject[],
  { kid }: JsonObject,
  alg: JwsAlgorithm,
): Promise<readonly VerificationKey[]> {
  const named = jwks.filter((jwk) => kid === undefined || jwk['kid'] === kid);
  const agreeing = named.filter((jwk) => jwk['alg'] === undefined || jwk['alg'] === alg);
  const keys = await Promise.all(
    agreeing.map((jwk) => importVerificationKey({ ...jwk, kid: nameOf(jwk), alg })),
  );
  return keys.filter((key) => key !== undefined).slice(0, MOST_KEYS);
}

const nameOf = ({ kid }: JsonObject): string =>
  typeof kid === 'string' && kid !== '' ? kid : 'unnamed';
