import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { encryptToClient } from '../responses/encrypt-to-client.ts';
import { signForClient } from '../responses/sign-for-client.ts';
import type { UserinfoClaims } from './userinfo-claims.ts';

/**
 * Answers as the client registered (OpenID Connect Core §5.3.2): JSON, a signed JWT, either of them
 * encrypted. Our own API's client, which is no registered one, gets JSON.
 *
 * The JWT has no `exp`: it is no ID token, and must not pass for one.
 */
export async function userinfoResponse(
  claims: UserinfoClaims,
  client: Client | undefined,
  services: Services,
): Promise<Response> {
  const jwt = client === undefined ? undefined : await asJwt(claims, client, services);
  if (jwt === undefined) return Response.json(claims);
  return new Response(jwt, { headers: { 'content-type': 'application/jwt' } });
}

async function asJwt(
  claims: UserinfoClaims,
  client: Client,
  services: Services,
): Promise<string | undefined> {
  const { userinfoSignedResponseAlg: alg, userinfoEncryption: encryption } = client;
  if (alg !== null) return signForClient({ typ: 'JWT', alg, encryption, claims }, client, services);
  return encryption === null
    ? undefined
    : encryptToClient(JSON.stringify(claims), 'JSON', client, encryption, services.clients);
}
