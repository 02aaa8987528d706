import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from '../clients/client.ts';
import type { Draft, ReceivedRequest } from './draft.ts';

/** What a client's requests and their answers must be, by its settings or its profile. */
export type ClientDemands = {
  /** Pushed (RFC 9126 §5, FAPI 2.0 Security Profile §5.3.2.2). */
  readonly pushed: boolean;
  /** In a signed request object (RFC 9101 §10.5, FAPI 2.0 Message Signing §5.3). */
  readonly signedRequest: boolean;
  /** Answered in a signed response (JARM, FAPI 2.0 Message Signing §5.4). */
  readonly signedResponse: boolean;
  /** With a `redirect_uri` even where only one is registered (FAPI 2.0 Security Profile §5.3.2.2). */
  readonly namedRedirect: boolean;
  /** Redirected over TLS or within the device (FAPI 2.0 Security Profile §5.3.2.2). */
  readonly secureRedirect: boolean;
};

export function clientDemands(client: Client): ClientDemands {
  const isFapi = client.profile !== 'none';
  const signsMessages = client.profile === 'fapi2_message_signing';
  return {
    pushed: client.requirePushedAuthorizationRequests || isFapi,
    signedRequest: client.requireSignedRequestObject || signsMessages,
    signedResponse: client.requireSignedAuthorizationResponse,
    namedRedirect: isFapi,
    secureRedirect: isFapi,
  };
}

export type DemandPushedRequestNeeds = {
  readonly config: { readonly oauth: { readonly pushedRequests: 'required' | 'optional' } };
};

/** The deployment, or the client, may allow pushed requests only (RFC 9126 §5, §6). */
export function demandPushedRequest(
  { client }: ReceivedRequest,
  { config }: DemandPushedRequestNeeds,
): undefined {
  if (config.oauth.pushedRequests === 'required' || clientDemands(client).pushed) {
    throw new OAuthError('invalid_request', 'The request must be pushed (RFC 9126)');
  }
}

/** `require_signed_request_object` (RFC 9101 §10.5). */
export function demandSignedRequest({
  client,
  isSigned,
}: Pick<Draft, 'client' | 'isSigned'>): undefined {
  if (!isSigned && clientDemands(client).signedRequest) {
    throw new OAuthError('invalid_request', 'The request must come in a signed request object');
  }
}
