import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Client } from '../clients/client.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { checkRequest, type Refusal } from './check-request.ts';
import { isPushedRequestUri, takePushedRequest } from './pushed-requests.ts';
import { isRedirectUriOf } from './redirect-uri.ts';

export type AcceptedRequest = { readonly client: Client; readonly request: AuthorizationRequest };

/** A refused request, and the client that learns of it. */
export type RefusedRequest = Refusal & { readonly client: Client | undefined };

/**
 * Reads a request that arrives at the authorization endpoint: checks it, or finds the one that was
 * checked when it was pushed.
 *
 * @throws {OAuthError} `invalid_request` if it names no client.
 * @throws {Problem} or {TtlStoreUnavailable} If that cannot be found out now.
 */
export async function readRequest(
  parameters: Parameters,
  services: Services,
): Promise<Result<AcceptedRequest, RefusedRequest>> {
  const client = await services.clients.find(parameters.require('client_id'));
  if (client === undefined) {
    const error = new OAuthError('unauthorized_client', 'The client is not known here');
    return err({ error, returnTo: null, client });
  }
  const uri = parameters.get('request_uri');
  const request =
    uri !== undefined && isPushedRequestUri(uri)
      ? await readPushed(uri, client, services)
      : await checkRequest('authorize', client, parameters, services);
  return request.ok ? ok({ client, request: request.value }) : err({ ...request.error, client });
}

/** Whatever stands beside the `request_uri` counts nothing (RFC 9126 §4, RFC 9101 §6.3). */
async function readPushed(
  uri: string,
  { clientId, redirectUris }: Client,
  { ttlStore, clock }: Services,
): Promise<Result<AuthorizationRequest, Refusal>> {
  const request = await takePushedRequest(ttlStore(), uri, clientId, clock());
  if (request !== undefined && isRedirectUriOf(redirectUris, request.redirectUri)) {
    return ok(request);
  }
  const description = 'The request_uri is unknown, was used, or has expired';
  return err({ error: new OAuthError('invalid_request_uri', description), returnTo: null });
}
