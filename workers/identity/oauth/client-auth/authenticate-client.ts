/**
 * Authentication of clients, at every endpoint that they call themselves.
 *
 * @see [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3), RFC 7523, RFC 8705
 * @module
 */

import { readClientCertificate } from '../../../../shared/contracts/edge/client-certificate.ts';
import { markCountedForClient } from '../../../../shared/contracts/edge/counted-client.ts';
import { limitFailures } from '../../../../shared/rate-limits/limit-failures.ts';
import { unreachable } from '../../../../shared/result.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { networkIn, type RateLimits } from '../../platform/rate-limits.ts';
import { type Client, type ClientAuthMethod, isPublicClient } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import { isSecretOf } from '../clients/client-secrets.ts';
import { type AssertionFault, assertionFault, type ClientAssertionNeeds } from './assertion.ts';
import { type SelfSignedNeeds, selfSignedFault, subjectFault } from './mutual-tls.ts';
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
  /** Those of the answer, where `edge` learns that the request was counted for its client. */
  readonly answerHeaders: Headers;
};

export type AuthenticateClientNeeds = ClientAssertionNeeds &
  SelfSignedNeeds & {
    readonly clients: Pick<ClientDirectory, 'find'>;
    readonly rateLimits: Pick<RateLimits, 'client' | 'clientFailures'>;
    readonly log: Log;
  };

/**
 * Finds out which client sent a request, by the one method that it registered. Only a secret may come
 * in either of its two ways, because libraries choose one by themselves. A public client proves nothing
 * of itself (`isPublicClient`).
 *
 * @throws {OAuthError} `invalid_client`, the same for whatever was wrong, except that whoever has
 *   signed an assertion with the client's key is told which of its claims is refused;
 *   `invalid_request` if it authenticates in several ways at once.
 * @throws {Problem} or {TtlStoreUnavailable} If that cannot be found out now. `RATE_LIMITED`: see
 *   {@link countForClient}, and in place of `invalid_client` where that was too often the answer.
 */
export async function authenticateClient(
  request: ClientRequest,
  needs: AuthenticateClientNeeds,
): Promise<Client> {
  const presented = presentedCredentials(request.headers, request.parameters);
  const client = await needs.clients.find(presented.clientId);
  const failures = {
    limit: needs.rateLimits.clientFailures,
    key: senderKey(request.headers, client),
    clock: needs.clock,
    isFailure: isInvalidClient,
  };
  const authenticated = await limitFailures(failures, () =>
    requireProof(presented, client, request, needs),
  );
  if (!isPublicClient(authenticated)) countForClient(authenticated, request, needs);
  return authenticated;
}

/**
 * Who failed: a client from one address. Whoever names another's id spoils nothing for it elsewhere, and
 * ids that nobody has are counted together, so that inventing them fills no memory.
 */
export const senderKey = (headers: Headers, client: Pick<Client, 'clientId'> | undefined): string =>
  `${networkIn(headers)} ${client?.clientId ?? ''}`;

const isInvalidClient = (error: unknown): boolean =>
  error instanceof OAuthError && error.code === 'invalid_client';

/**
 * Counts a request for the client that sent it. It has authenticated: nobody else can use up what it may
 * send, and nothing of the request has been acted upon, so that a refused one can be sent again.
 *
 * @throws {Problem} `RATE_LIMITED`
 */
function countForClient(
  { clientId }: Client,
  { answerHeaders }: ClientRequest,
  { rateLimits, clock }: AuthenticateClientNeeds,
): void {
  markCountedForClient(answerHeaders);
  rateLimits.client.take(clientId, clock());
}

async function requireProof(
  presented: PresentedCredentials,
  client: Client | undefined,
  request: ClientRequest,
  needs: AuthenticateClientNeeds,
): Promise<Client> {
  const { method } = presented;
  const fault = await faultOf(presented, client, request, needs);
  if (client !== undefined && fault === undefined) return client;
  const { correlationId } = request;
  const event = { event: 'client.authentication_failed', level: 'warn', correlationId } as const;
  // An id that no client has is not logged: whoever mixes up id and secret has sent the secret there.
  needs.log({ ...event, clientId: client?.clientId, method, reason: fault?.reason });
  throw invalidClient(method, fault?.description);
}

async function faultOf(
  presented: PresentedCredentials,
  client: Client | undefined,
  request: ClientRequest,
  needs: AuthenticateClientNeeds,
): Promise<AssertionFault | undefined> {
  // The secret is compared before anything else, so that an unknown client costs the same.
  const isSecretRight =
    !('secret' in presented) || (await isSecretOf(client, presented.secret, needs.clock()));
  if (client === undefined) return { reason: 'client_unknown' };
  if (presented.method === 'none') {
    const reason = await faultOfName(client, request, needs);
    return reason === undefined ? undefined : { reason };
  }
  if (!isRegistered(presented.method, client)) return { reason: 'method_mismatch' };
  if (presented.method !== 'private_key_jwt') {
    return isSecretRight ? undefined : { reason: 'secret_wrong' };
  }
  const { assertion } = presented;
  return assertionFault({ client, assertion, endpoint: request.endpoint }, needs);
}

/** Both ways of sending a secret prove the same, and RFC 6749 §2.3.1 has one secret for both. */
const SECRET_METHODS: readonly ClientAuthMethod[] = ['client_secret_basic', 'client_secret_post'];

const isRegistered = (
  method: PresentedCredentials['method'],
  { tokenEndpointAuthMethod }: Client,
): boolean =>
  method === tokenEndpointAuthMethod ||
  (SECRET_METHODS.includes(method) && SECRET_METHODS.includes(tokenEndpointAuthMethod));

/**
 * Judges a client that gave only its name: a certificate must prove it, unless the client is public.
 */
async function faultOfName(
  client: Client,
  { headers }: ClientRequest,
  needs: AuthenticateClientNeeds,
): Promise<string | undefined> {
  const method = client.tokenEndpointAuthMethod;
  switch (method) {
    case 'none':
      return undefined;
    case 'tls_client_auth':
      return subjectFault(readClientCertificate(headers), client.tlsSubject);
    case 'self_signed_tls_client_auth':
      return selfSignedFault(readClientCertificate(headers), client, needs);
    case 'client_secret_basic':
    case 'client_secret_post':
    case 'private_key_jwt':
      return 'method_mismatch';
    default:
      return unreachable(method);
  }
}
