/**
 * JWTs that clients sign with keys of their own: assertions, request objects, backchannel requests.
 *
 * @module
 */

import { err, ok, type Result } from '../../../../shared/result.ts';
import { isJwsAlgorithm, type JwsAlgorithm } from '../../../../shared/tokens/algorithms.ts';
import { type DecodedJws, decodeJws, isSignedBy } from '../../../../shared/tokens/jws.ts';
import { type JsonObject, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import type { JwsFormatError } from '../../../../shared/tokens/token-error.ts';
import type { VerificationKey } from '../../../../shared/tokens/verification-keys.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import { fittingKeys } from './fitting-keys.ts';

export type ClientJwt = { readonly header: JsonObject; readonly claims: JsonObject };

export type ClientJwtError =
  | JwsFormatError
  | { readonly reason: 'algorithm_refused' }
  | { readonly reason: 'key_unknown' }
  | { readonly reason: 'signature_invalid' };

/** FAPI 2.0 Security Profile §5.4.1. */
const FAPI_ALGORITHMS: readonly JwsAlgorithm[] = ['PS256', 'ES256', 'EdDSA', 'Ed25519'];

/** What clients may sign with: asymmetric, all of them. */
export const CLIENT_JWT_ALGORITHMS: readonly JwsAlgorithm[] = [
  ...FAPI_ALGORITHMS,
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS384',
  'PS512',
];

const MAX_LENGTH = 32_768;

/**
 * Verifies the signature with the client's keys. Does NOT judge a claim, nor `typ`.
 *
 * @param registeredAlg - The one algorithm that the client registered for this kind of JWT.
 * @throws {OAuthError} `invalid_client` if the client's keys cannot be fetched.
 */
export async function verifyClientJwt(
  text: string,
  client: Client,
  registeredAlg: string | null,
  clients: ClientDirectory,
): Promise<Result<ClientJwt, ClientJwtError>> {
  const decoded = decodeJws(text, MAX_LENGTH);
  if (!decoded.ok) return decoded;
  const { header } = decoded.value;
  const member = SENDERS_KEYS.find((name) => Object.hasOwn(header, name));
  if (member !== undefined) return err({ reason: 'header_refused', member });
  const { alg } = header;
  if (!isAllowed(alg, client, registeredAlg)) return err({ reason: 'algorithm_refused' });
  const keys = await keysFor(header, alg, client, clients);
  return keys.length === 0 ? err({ reason: 'key_unknown' }) : signedByOne(keys, decoded.value);
}

/** Which keys are the client's is not for the sender to say. */
const SENDERS_KEYS = ['jwk', 'jku', 'x5u', 'x5c'];

function isAllowed(alg: unknown, client: Client, registered: string | null): alg is JwsAlgorithm {
  if (!isJwsAlgorithm(alg) || (registered !== null && alg !== registered)) return false;
  return (client.profile === 'none' ? CLIENT_JWT_ALGORITHMS : FAPI_ALGORITHMS).includes(alg);
}

/** A `kid` that the known keys lack may be a new one: they are fetched again, once. */
async function keysFor(
  header: JsonObject,
  alg: JwsAlgorithm,
  client: Client,
  clients: ClientDirectory,
): Promise<readonly VerificationKey[]> {
  const known = await fittingKeys(await clients.keysOf(client), header, alg);
  if (known.length > 0 || client.jwksUri === null) return known;
  return fittingKeys(await clients.keysOf(client, true), header, alg);
}

async function signedByOne(
  keys: readonly VerificationKey[],
  jws: DecodedJws,
): Promise<Result<ClientJwt, ClientJwtError>> {
  const verdicts = await Promise.all(keys.map((key) => isSignedBy(key, jws)));
  if (!verdicts.includes(true)) return err({ reason: 'signature_invalid' });
  const claims = parseStrictObject(jws.payload);
  if (claims === undefined) return err({ reason: 'malformed', part: 'payload' });
  return ok({ header: jws.header, claims });
}
