import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { toNumericDate } from '../../../../shared/clock.ts';
import type { AppEnv, IdentityApp, Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { readForm } from '../../platform/parameters.ts';
import { authenticateClient } from '../client-auth/authenticate-client.ts';
import { type Client, isPublicClient } from '../clients/client.ts';
import { signForClient } from '../clients/sign-for-client.ts';
import { clientFields, type DocumentedEndpoint, documentEndpoint } from '../document-endpoint.ts';
import { INTROSPECTION_ENDPOINT } from '../endpoints.ts';
import { type Introspection, introspect } from './introspect.ts';

const MEDIA_TYPE = 'application/token-introspection+jwt';

/** `POST /introspect` (RFC 7662), as JSON or as a signed JWT (RFC 9701). */
export function addIntrospection(app: IdentityApp): void {
  app.post('/introspect', (c) => answer(c));
  documentEndpoint(app, DOCUMENT);
}

const DOCUMENT: DocumentedEndpoint = {
  path: '/introspect',
  summary: 'Describe a token (RFC 7662)',
  operations: { post: 'introspectToken' },
  form: z.object({ token: z.string(), token_type_hint: z.string().optional(), ...clientFields }),
  answers: { 'application/json': z.looseObject({ active: z.boolean() }), [MEDIA_TYPE]: z.string() },
};

async function answer(c: Context<AppEnv>): Promise<Response> {
  const { services, correlationId } = c.var;
  const { headers } = c.req.raw;
  const parameters = await readForm(c.req.raw);
  const request = { headers, parameters, endpoint: INTROSPECTION_ENDPOINT, correlationId };
  const client = await authenticateClient(request, services);
  // Anybody can say that they are a public client (RFC 7662 §2.1).
  if (isPublicClient(client))
    throw new OAuthError('invalid_client', 'The client must authenticate');
  const token = parameters.require('token');
  const introspection = await introspect(token, client, c.executionCtx, services);
  if (!acceptsJwt(headers)) return c.json(introspection);
  const jwt = await signIntrospection(introspection, client, services);
  return c.body(jwt, 200, { 'content-type': MEDIA_TYPE });
}

/** RFC 9701 §4: the JWT goes to who names its type. */
function acceptsJwt(headers: Headers): boolean {
  const ranges = (headers.get('accept') ?? '').split(',');
  return ranges.some((range) => range.split(';')[0]?.trim().toLowerCase() === MEDIA_TYPE);
}

/**
 * Signs an introspection for the client that asked (RFC 9701 §5). What is said of the token is in a
 * claim of its own, so that the answer can pass for no token itself (§8.1).
 *
 * @throws As {@link signForClient}.
 */
function signIntrospection(
  introspection: Introspection,
  client: Client,
  services: Pick<Services, 'config' | 'clock' | 'keys' | 'clients'>,
): Promise<string> {
  const { introspectionSignedResponseAlg: alg, introspectionEncryption: encryption } = client;
  const iat = toNumericDate(services.clock());
  const claims = { iat, token_introspection: introspection };
  return signForClient(
    { typ: 'token-introspection+jwt', alg, encryption, claims },
    client,
    services,
  );
}
