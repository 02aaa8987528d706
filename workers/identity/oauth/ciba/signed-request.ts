import type { Services } from '../../context.ts';
import { verifyClientJwt } from '../client-jwt/verify-client-jwt.ts';
import type { Client } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';
import { judgeRequestObject } from '../request-object/request-object-claims.ts';
import { requestObjectParameters } from '../request-object/request-object-parameters.ts';

/** Those of client authentication: the only ones that may stand beside a signed request. */
const BESIDE: ReadonlySet<string> = new Set([
  'request',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]);

/** CIBA §7.1.1: a signed request must have them all. */
const CLAIMS = ['aud', 'iss', 'exp', 'iat', 'nbf', 'jti'];

/**
 * The parameters that count: those of the signed request, where the client is one that signs
 * (CIBA §7.1.1; FAPI-CIBA §5.2.2).
 *
 * @throws {OAuthError} `invalid_request`, also for what is wrong with the JWT (CIBA §13)
 */
export async function cibaParameters(
  sent: Parameters,
  client: Client,
  services: Services,
): Promise<Parameters> {
  const alg = client.backchannelAuthenticationRequestSigningAlg;
  const isSigner = alg !== null || client.profile !== 'none';
  const token = sent.get('request');
  if (token === undefined) {
    if (!isSigner) return sent;
    throw refusal('The request must be signed');
  }
  if (!isSigner) throw refusal('The client has registered no algorithm for signed requests');
  if (!sent.names().every((name) => BESIDE.has(name))) {
    throw refusal('Beside a signed request there must be no other parameter');
  }
  return open(token, client, alg, services);
}

async function open(
  token: string,
  client: Client,
  alg: string | null,
  { clients, config, clock }: Services,
): Promise<Parameters> {
  const jwt = await verifyClientJwt(token, client, alg, clients);
  if (!jwt.ok) throw refusal(`The signed request cannot be verified (${jwt.error.reason})`);
  const { claims } = jwt.value;
  const missing = CLAIMS.find((name) => !Object.hasOwn(claims, name));
  if (missing !== undefined) throw refusal(`The signed request has no ${missing}`);
  const { clientId, profile } = client;
  const isShortLived = profile !== 'none';
  const expected = { clientId, issuer: config.issuer, now: clock(), isShortLived };
  const judged = judgeRequestObject(claims, expected);
  if (!judged.ok) throw refusal(`The signed request is refused: ${judged.error}`);
  const parameters = requestObjectParameters(claims);
  if (parameters === undefined) throw refusal('The signed request holds what no parameter has');
  return parameters;
}

const refusal = (description: string) => new OAuthError('invalid_request', description);
