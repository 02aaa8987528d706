import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import { fromUtf8 } from '../../../../shared/bytes.ts';
import {
  type JsonObject,
  lossOf,
  parseStrictObject,
} from '../../../../shared/tokens/strict-json.ts';
import { json } from '../../../kit/documented.ts';
import type { RequestEnv } from '../../../kit/request.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { OAuthErrorSchema } from '../document-endpoint.ts';
import {
  deleteOwn,
  type ManageRegistrationNeeds,
  ownRegistration,
  readOwn,
  replaceOwn,
} from './manage-registration.ts';
import { type RegisterClientNeeds, registerClient } from './register-client.ts';

export type RegistrationNeeds = RegisterClientNeeds & ManageRegistrationNeeds;

/** `/oauth2/register`: registration (RFC 7591) and its management (RFC 7592). */
export function registrationRoutes(): OpenAPIHono<RequestEnv<RegistrationNeeds>> {
  const app = new OpenAPIHono<RequestEnv<RegistrationNeeds>>();
  describeRegistration(app);
  app.post('/register', async (c) => {
    const { services, log } = c.var;
    const { headers } = c.req.raw;
    const response = await registerClient(headers, () => readMetadataBody(c.req.raw), services);
    log({ event: 'client.registered', level: 'info', clientId: response['client_id'] });
    return c.json(response, 201);
  });
  app.get('/register/:clientId', async (c) => {
    const { services } = c.var;
    const own = await ownRegistration(c.req.raw.headers, c.req.param('clientId'), services);
    return c.json(readOwn(own, services), 200);
  });
  app.put('/register/:clientId', async (c) => {
    const { services, log } = c.var;
    const own = await ownRegistration(c.req.raw.headers, c.req.param('clientId'), services);
    const response = await replaceOwn(own, await readMetadataBody(c.req.raw), services);
    log({ event: 'client.changed', level: 'info', clientId: own.client.clientId });
    return c.json(response, 200);
  });
  app.delete('/register/:clientId', async (c) => {
    const { services, log } = c.var;
    const own = await ownRegistration(c.req.raw.headers, c.req.param('clientId'), services);
    await deleteOwn(own, services);
    log({ event: 'client.deleted', level: 'info', clientId: own.client.clientId });
    return c.body(null, 204);
  });
  return app;
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
  const bytes = new Uint8Array(await request.arrayBuffer());
  const body = parseStrictObject(bytes);
  if (body === undefined) {
    throw new OAuthError('invalid_client_metadata', 'The body must be a JSON object');
  }
  const loss = lossOf(fromUtf8(bytes));
  if (loss !== undefined) throw new OAuthError('invalid_client_metadata', loss);
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

type Describable = Pick<OpenAPIHono, 'openAPIRegistry'>;

/** Describes registration in `/openapi.json`. Its checks are RFC 7591's, so no schema validates it. */
function describeRegistration(app: Describable): void {
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
  describeManagement(app, 'get', 'Read', { 200: json(Registration, 'As it is registered.') });
  describeManagement(app, 'put', 'Replace', {
    200: json(Registration, 'As it is registered now.'),
  });
  describeManagement(app, 'delete', 'Delete', { 204: { description: 'Deleted.' } });
}

function describeManagement(
  app: Describable,
  method: 'get' | 'put' | 'delete',
  verb: string,
  success: RouteConfig['responses'],
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
