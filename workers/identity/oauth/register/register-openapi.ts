import { z } from '@hono/zod-openapi';

import type { IdentityApp } from '../../context.ts';
import { json } from '../../routes/documented.ts';
import { OAuthErrorSchema } from '../documented-endpoint.ts';

const Metadata = z
  .looseObject({ redirect_uris: z.array(z.string()).optional() })
  .openapi('ClientMetadata', { description: 'The members of RFC 7591 §2 and its extensions.' });

const Registration = z
  .looseObject({
    client_id: z.string(),
    client_id_issued_at: z.int(),
    client_secret: z.string().optional().openapi({ description: 'Shown when it is made.' }),
    client_secret_expires_at: z.int().optional(),
    registration_access_token: z.string(),
    registration_client_uri: z.string(),
  })
  .openapi('ClientRegistration');

const body = { required: true, content: { 'application/json': { schema: Metadata } } };
const refused = {
  400: json(OAuthErrorSchema, 'The metadata is refused (RFC 7591 §3.2.2).'),
  401: json(OAuthErrorSchema, 'The token is missing or not valid: `invalid_token`.'),
};

/** Tells `/openapi.json` of registration. Its checks are RFC 7591's, so no schema validates it. */
export function documentRegistration(app: IdentityApp): void {
  app.openAPIRegistry.registerPath({
    operationId: 'registerClient',
    tags: ['oauth'],
    method: 'post',
    path: '/register',
    summary: 'Register a client (RFC 7591)',
    request: { body },
    responses: {
      201: json(Registration, 'Registered.'),
      ...refused,
      403: json(OAuthErrorSchema, 'Nobody can register: `access_denied`.'),
    },
  });
  document(app, 'get', 'Read', { 200: json(Registration, 'As it is registered.') });
  document(app, 'put', 'Replace', { 200: json(Registration, 'As it is registered now.') });
  document(app, 'delete', 'Delete', { 204: { description: 'Deleted.' } });
}

function document(
  app: IdentityApp,
  method: 'get' | 'put' | 'delete',
  verb: string,
  success: Parameters<IdentityApp['openAPIRegistry']['registerPath']>[0]['responses'],
): void {
  app.openAPIRegistry.registerPath({
    operationId: `${verb.toLowerCase()}Registration`,
    tags: ['oauth'],
    method,
    path: '/register/{clientId}',
    summary: `${verb} a registration with its registration access token (RFC 7592)`,
    request: {
      params: z.object({ clientId: z.string() }),
      ...(method === 'put' ? { body } : {}),
    },
    responses: { ...success, ...refused },
  });
}
