import type { Services } from '../../context.ts';
import { verifyClientJwt } from '../client-jwt/verify-client-jwt.ts';
import type { SignedJwt } from '../client-jwt/verify-signed-jwt.ts';
import type { Client } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';
import { judgeRequestObject } from './request-object-claims.ts';
import { requestObjectParameters } from './request-object-parameters.ts';

/** RFC 9101 §10.8: `oauth-authz-req+jwt`, or what those say that know no type. */
const TYPES: readonly unknown[] = [undefined, 'oauth-authz-req+jwt', 'JWT', 'jwt'];

/**
 * Opens a request object: verifies its signature by the client's keys and judges its claims
 * (RFC 9101 §6). There is no `none` (§10.1).
 *
 * @returns The parameters that count, instead of those beside it.
 * @throws {OAuthError} `invalid_request_object`
 */
export async function openRequestObject(
  token: string,
  client: Client,
  services: Pick<Services, 'clients' | 'clock' | 'config'>,
): Promise<Parameters> {
  const { header, claims } = await verified(token, client, services);
  if (!TYPES.includes(header['typ'])) throw refusal('its typ is another one');
  const judged = judgeRequestObject(claims, {
    clientId: client.clientId,
    issuer: services.config.issuer,
    now: services.clock(),
    isShortLived: client.profile === 'fapi2_message_signing',
  });
  if (!judged.ok) throw refusal(judged.error);
  const parameters = requestObjectParameters(claims);
  if (parameters === undefined) throw refusal('it holds a value that no parameter has');
  return parameters;
}

async function verified(
  token: string,
  client: Client,
  { clients }: Pick<Services, 'clients'>,
): Promise<SignedJwt> {
  try {
    const jwt = await verifyClientJwt(token, client, client.requestObjectSigningAlg, clients);
    if (jwt.ok) return jwt.value;
    throw refusal(`its signature cannot be verified (${jwt.error.reason})`);
  } catch (error) {
    // Keys that cannot be fetched: in a request by redirect nobody is authenticated.
    if (!(error instanceof OAuthError) || error.code !== 'invalid_client') throw error;
    throw refusal('the keys of the client cannot be read');
  }
}

const refusal = (reason: string) =>
  new OAuthError('invalid_request_object', `The request object is refused: ${reason}`);
