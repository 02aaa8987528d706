import { z } from '@hono/zod-openapi';
import { type JsonObject, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import { json } from '../../../kit/documented.ts';
import type { IdentityApp, Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { OAuthErrorSchema } from '../document-endpoint.ts';
import { deleteOwn, ownRegistration, readOwn, replaceOwn } from './manage-registration.ts';
import { registerClient } from './register-client.ts';

/** `/oauth2/register`: registration (RFC 7591) and its management (RFC 7592). */
export function addRegistration(app: IdentityApp): void {
  documentRegistration(app);
  app.post('/register', async (c) => {
    const { services, correlationId } = c.var;
    const { headers } = c.req.raw;
    const response = await registerClient(headers, () => readMetadataBody(c.req.raw), services);
    const clientId = response['client_id'];
    services.log({ event: 'client.registered', level: 'info', correlationId, clientId });
    return c.json(response, 201);
  });
  app.get('/register/:clientId', async (c) => {
    const { services } = c.var;
    const own = await ownRegistration(c.req.raw.headers, c.req.param('clientId'), services);
    return c.json(readOwn(own, services), 200);
  });
  app.put('/register/:clientId', async (c) => {
    const { services } = c.var;
    const own = await ownRegistration(c.req.raw.headers, c.req.param('clientId'), services);
    const response = await replaceOwn(own, await readMetadataBody(c.req.raw), services);
    logChange('client.changed', services, c.var.correlationId, own.client.clientId);
    return c.json(response, 200);
  });
  app.delete('/register/:clientId', async (c) => {
    const { services } = c.var;
    const own = await ownRegistration(c.req.raw.headers, c.req.param('clientId'), services);
    await deleteOwn(own, services);
    logChange('client.deleted', services, c.var.correlationId, own.client.clientId);
    return c.body(null, 204);
  });
}

function logChange(
  event: string,
  { log }: Services,
  correlationId: string,
  clientId: string,
): void {
  log({ event, level: 'info', correlationId, clientId });
}

/**
 * Reads the body of a registration (RFC 7591 §3.1). The app bounds its size.
 *
 * @throws {OAuthError} `invalid_client_metadata` unless it is a JSON object, announced as such.
 */
async function readMetadataBody(request: Request): Promise<JsonObject> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new OAuthError('invalid_client_metadata', 'The body must be application/json');
  }
  const body = parseStrictObject(new Uint8Array(await request.arrayBuffer()));
  if (body === undefined) {
    throw new OAuthError('invalid_client_metadata', 'The body must be a JSON object');
  }
  return body;
}

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
function documentRegistration(app: IdentityApp): void {
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
