import { readClientCertificate } from '../../../../shared/contracts/edge/client-certificate.ts';
import type { Confirmation } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Requester } from '../../sessions/request-origin.ts';
import { type ProvenKeyNeeds, provenKey } from '../client-auth/dpop.ts';
import { type Client, isPublicClient } from '../clients/client.ts';
import { TOKEN_ENDPOINT } from '../endpoints.ts';
import type { SenderProof, TokenRequest } from './grant.ts';

/**
 * What the sender of a token request proved to hold, as far as tokens are to be bound to it.
 *
 * @throws {OAuthError} `invalid_dpop_proof`, `use_dpop_nonce`; `invalid_request` if the client's tokens
 *   must be bound and there is nothing to bind them to.
 */
export async function senderProof(
  headers: Headers,
  client: Client,
  needs: ProvenKeyNeeds,
): Promise<SenderProof> {
  const dpopJkt = await provenKey(headers, TOKEN_ENDPOINT, needs);
  if (dpopJkt === null && client.dpopBoundAccessTokens) {
    throw new OAuthError('invalid_dpop_proof', 'This client must send a DPoP proof');
  }
  const certificateThumbprint = boundCertificate(headers, client);
  if (client.profile !== 'none' && dpopJkt === null && certificateThumbprint === null) {
    // FAPI 2.0 Security Profile §5.3.2.1: no bearer tokens.
    throw new OAuthError('invalid_request', 'The tokens of this client must be sender-constrained');
  }
  return { dpopJkt, certificateThumbprint };
}

/** RFC 8705 §3. */
function boundCertificate(headers: Headers, client: Client): string | null {
  if (!client.tlsClientCertificateBoundAccessTokens) return null;
  const certificate = readClientCertificate(headers);
  if (certificate !== undefined) return certificate.sha256;
  throw new OAuthError('invalid_request', 'This client must present its TLS certificate');
}

/** The `cnf` of what the sender is given (RFC 9449 §6.1, RFC 8705 §3.1). `null`: a bearer token. */
export function confirmationOf({
  dpopJkt,
  certificateThumbprint,
}: SenderProof): Confirmation | null {
  if (dpopJkt === null && certificateThumbprint === null) return null;
  return {
    ...(dpopJkt === null ? {} : { jkt: dpopJkt }),
    ...(certificateThumbprint === null ? {} : { 'x5t#S256': certificateThumbprint }),
  };
}

/**
 * What refresh tokens are bound to: the key of a public client, which has nothing else to prove who it
 * is (RFC 9449 §5, RFC 8705 §4).
 */
export const refreshConfirmation = ({
  client,
  proof,
}: Pick<TokenRequest, 'client' | 'proof'>): Confirmation | null =>
  isPublicClient(client) ? confirmationOf(proof) : null;

/** Who asks for tokens, for the session that they belong to. */
export function requesterOf(request: TokenRequest): Requester {
  const { client, origin, device } = request;
  const bound = refreshConfirmation(request);
  const boundKey = bound?.jkt ?? bound?.['x5t#S256'];
  return { clientId: client.clientId, origin, device, boundKey };
}
