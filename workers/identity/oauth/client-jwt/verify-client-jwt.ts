/**
 * JWTs that clients sign with keys of their own: assertions, request objects, backchannel requests.
 *
 * @module
 */

import type { Result } from '../../../../shared/result.ts';
import type { JwsAlgorithm } from '../../../../shared/tokens/algorithms.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import { type SignedJwt, type SignedJwtError, verifySignedJwt } from './verify-signed-jwt.ts';

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

/**
 * Verifies the signature with the client's keys. Does NOT judge a claim, nor `typ`.
 *
 * @param registeredAlg - The one algorithm that the client registered for this kind of JWT.
 * @throws {OAuthError} `invalid_client` if the client's keys cannot be fetched.
 */
export function verifyClientJwt(
  text: string,
  client: Client,
  registeredAlg: string | null,
  clients: ClientDirectory,
): Promise<Result<SignedJwt, SignedJwtError>> {
  return verifySignedJwt(text, {
    algorithms: algorithmsOf(client, registeredAlg),
    areRemote: client.jwksUri !== null,
    keys: (refresh) => clients.keysOf(client, refresh),
  });
}

function algorithmsOf({ profile }: Client, registered: string | null): readonly JwsAlgorithm[] {
  const allowed = profile === 'none' ? CLIENT_JWT_ALGORITHMS : FAPI_ALGORITHMS;
  return registered === null ? allowed : allowed.filter((alg) => alg === registered);
}
