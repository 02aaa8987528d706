import type { IdentityApp, Services } from '../../context.ts';
import { checkRequest } from '../authorize/check-request.ts';
import { authenticateClient, type ClientRequest } from '../client-auth/authenticate-client.ts';
import { dpopNonceHeader } from '../dpop/dpop-nonce-header.ts';
import { provenKey } from '../dpop/proven-key.ts';
import { PAR_ENDPOINT } from '../endpoints.ts';
import { OAuthError } from '../oauth-error.ts';
import { readForm } from '../parameters.ts';
import { documentPar } from './par-openapi.ts';
import { PUSHED_SECONDS, pushRequest } from './pushed-requests.ts';

/** `POST /oauth2/par`: takes an authorization request straight from its client (RFC 9126 §2). */
export function addPar(app: IdentityApp): void {
  documentPar(app);
  app.post('/par', dpopNonceHeader, async (c) => {
    const { services, correlationId } = c.var;
    const { headers } = c.req.raw;
    const parameters = await readForm(c.req.raw);
    const uri = await push(
      { headers, parameters, endpoint: PAR_ENDPOINT, correlationId },
      services,
    );
    return c.json({ request_uri: uri, expires_in: PUSHED_SECONDS }, 201);
  });
}

async function push(sent: ClientRequest, services: Services): Promise<string> {
  const client = await authenticateClient(sent, services);
  const checked = await checkRequest('par', client, sent.parameters, services);
  if (!checked.ok) throw checked.error.error;
  const { dpopJkt: named } = checked.value;
  const proven = await provenKey(sent.headers, sent.endpoint, services);
  if (named !== null && proven !== null && named !== proven) {
    throw new OAuthError('invalid_dpop_proof', 'The DPoP proof is by another key than dpop_jkt');
  }
  // RFC 9449 §10.1: a proof that comes with a pushed request binds its code.
  const request = { ...checked.value, dpopJkt: named ?? proven };
  return pushRequest(services.ttlStore(), request, services.clock());
}
