/**
 * Authentication of clients, at every endpoint that they call themselves.
 *
 * @see [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3), RFC 7523, RFC 8705
 * @module
 */

import { readClientCertificate } from '../../../../shared/contracts/edge/client-certificate.ts';
import { unreachable } from '../../../../shared/result.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Client, ClientAuthMethod } from '../clients/client.ts';
import { isSecretOf } from '../clients/client-secrets.ts';
import { assertionFault, type ClientAuthServices } from './assertion.ts';
import { selfSignedFault, subjectFault } from './mutual-tls.ts';
import {
  invalidClient,
  type PresentedCredentials,
  presentedCredentials,
} from './presented-credentials.ts';

export type ClientRequest = {
  readonly headers: Headers;
  readonly parameters: Parameters;
  /** The path of the endpoint, such as `/oauth2/token`. */
  readonly endpoint: string;
  readonly correlationId: string;
};

/**
 * Finds out which client sent a request: by the one method that it registered, and no other; but a
 * secret may come in either way, since libraries choose by themselves. A public client is taken at its
 * word: see {@link isPublicClient}.
 *
 * @throws {OAuthError} `invalid_client`, the same for whatever was wrong; `invalid_request` if it
 *   authenticates in several ways at once.
 * @throws {Problem} or {TtlStoreUnavailable} If that cannot be found out now.
 */
export async function authenticateClient(
  request: ClientRequest,
  services: ClientAuthServices,
): Promise<Client> {
  const presented = presentedCredentials(request.headers, request.parameters);
  const { clientId, method } = presented;
  const client = await services.clients.find(clientId);
  const fault = await faultOf(presented, client, request, services);
  if (client !== undefined && fault === undefined) return client;
  const { correlationId } = request;
  const event = { event: 'client.authentication_failed', level: 'warn', correlationId } as const;
  services.log({ ...event, clientId: clientId.slice(0, 255), method, reason: fault });
  throw invalidClient(method);
}

async function faultOf(
  presented: PresentedCredentials,
  client: Client | undefined,
  request: ClientRequest,
  services: ClientAuthServices,
): Promise<string | undefined> {
  // Before anything else: an unknown client must cost the same.
  const isSecretRight =
    !('secret' in presented) || (await isSecretOf(client, presented.secret, services.clock()));
  if (client === undefined) return 'client_unknown';
  if (presented.method === 'none') return faultOfName(client, request, services);
  if (!isRegistered(presented.method, client)) return 'method_mismatch';
  if (presented.method !== 'private_key_jwt') return isSecretRight ? undefined : 'secret_wrong';
  const { assertion } = presented;
  return assertionFault({ client, assertion, endpoint: request.endpoint }, services);
}

/** Both ways of sending a secret prove the same, and RFC 6749 §2.3.1 has one secret for both. */
const SECRET_METHODS: readonly ClientAuthMethod[] = ['client_secret_basic', 'client_secret_post'];

const isRegistered = (
  method: PresentedCredentials['method'],
  { tokenEndpointAuthMethod }: Client,
): boolean =>
  method === tokenEndpointAuthMethod ||
  (SECRET_METHODS.includes(method) && SECRET_METHODS.includes(tokenEndpointAuthMethod));

/** The client gave its name alone: the certificate must prove it, unless it is public. */
async function faultOfName(
  client: Client,
  { headers }: ClientRequest,
  services: ClientAuthServices,
): Promise<string | undefined> {
  const method = client.tokenEndpointAuthMethod;
  switch (method) {
    case 'none':
      return undefined;
    case 'tls_client_auth':
      return subjectFault(readClientCertificate(headers), client.tlsSubject);
    case 'self_signed_tls_client_auth':
      return selfSignedFault(readClientCertificate(headers), client, services);
    case 'client_secret_basic':
    case 'client_secret_post':
    case 'private_key_jwt':
      return 'method_mismatch';
    default:
      return unreachable(method);
  }
}
