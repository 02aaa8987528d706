/**
 * The token endpoint.
 *
 * @see [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2), §5
 * @module
 */

import { createMiddleware } from 'hono/factory';

import type { AppEnv, IdentityApp, Services } from '../../context.ts';
import { requestOrigin } from '../../sign-in/request-origin.ts';
import { authenticateClient } from '../client-auth/authenticate-client.ts';
import { dpopNonceHeader } from '../dpop/dpop-nonce-header.ts';
import { TOKEN_ENDPOINT } from '../endpoints.ts';
import { OAuthError } from '../oauth-error.ts';
import { readForm } from '../parameters.ts';
import type { TokenResponse } from './grant.ts';
import { GRANTS } from './grants.ts';
import { senderProof } from './sender-proof.ts';
import { documentToken } from './token-openapi.ts';

/** `POST /token` */
export function addToken(app: IdentityApp): void {
  documentToken(app);
  app.post('/token', dpopNonceHeader, noStore, async (c) => {
    const { services, correlationId } = c.var;
    return c.json(await answer(c.req.raw, correlationId, services));
  });
}

/** RFC 6749 §5.1 */
const noStore = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  c.res.headers.set('cache-control', 'no-store');
  c.res.headers.set('pragma', 'no-cache');
});

async function answer(
  request: Request,
  correlationId: string,
  services: Services,
): Promise<TokenResponse> {
  const { headers } = request;
  const parameters = await readForm(request);
  const grantType = parameters.require('grant_type');
  const call = { headers, parameters, endpoint: TOKEN_ENDPOINT, correlationId };
  const client = await authenticateClient(call, services);
  const grant = GRANTS.get(grantType);
  if (grant === undefined) {
    throw new OAuthError('unsupported_grant_type', 'There is no such grant here');
  }
  if (!client.grantTypes.some((registered) => registered === grantType)) {
    throw new OAuthError('unauthorized_client', 'This client is not registered for the grant');
  }
  const proof = await senderProof(headers, client, services);
  const origin = requestOrigin(headers);
  return grant({ parameters, client, proof, origin, device: {}, correlationId }, services);
}
