import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import type { AppEnv, IdentityApp } from '../../context.ts';
import { authenticateClient } from '../client-auth/authenticate-client.ts';
import { clientFields, type DocumentedEndpoint, documentEndpoint } from '../documented-endpoint.ts';
import { REVOCATION_ENDPOINT } from '../endpoints.ts';
import { readForm } from '../parameters.ts';
import { revoke } from './revoke.ts';

/** `POST /revoke` (RFC 7009). A public client may revoke what is its own. */
export function addRevocation(app: IdentityApp): void {
  app.post('/revoke', (c) => answer(c));
  documentEndpoint(app, DOCUMENT);
}

const DOCUMENT: DocumentedEndpoint = {
  path: '/revoke',
  summary: 'Revoke a token (RFC 7009)',
  operations: { post: 'revokeToken' },
  form: z.object({ token: z.string(), token_type_hint: z.string().optional(), ...clientFields }),
  answers: { 'application/json': z.object({}) },
};

async function answer(c: Context<AppEnv>): Promise<Response> {
  const { services, correlationId } = c.var;
  const parameters = await readForm(c.req.raw);
  const request = {
    headers: c.req.raw.headers,
    parameters,
    endpoint: REVOCATION_ENDPOINT,
    correlationId,
  };
  const client = await authenticateClient(request, services);
  const revoked = await revoke(parameters.require('token'), client, services);
  const { clientId } = client;
  services.log({ event: 'token.revoked', level: 'info', correlationId, clientId, revoked });
  // Some clients fail on an empty body, though RFC 7009 §2.2 says that it is ignored.
  return c.json({}, 200);
}
