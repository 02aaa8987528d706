/**
 * The backchannel authentication endpoint.
 *
 * @see [OpenID Connect CIBA §7](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#rfc.section.7)
 * @module
 */

import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import type { AppEnv, IdentityApp } from '../../context.ts';
import { authenticateClient } from '../client-auth/authenticate-client.ts';
import { clientFields, type DocumentedEndpoint, documentEndpoint } from '../documented-endpoint.ts';
import { BACKCHANNEL_AUTHENTICATION_ENDPOINT } from '../endpoints.ts';
import { readForm } from '../parameters.ts';
import { INTERVAL } from '../polled/judge-poll.ts';
import { beginRequest } from './begin-request.ts';
import { checkBackchannelRequest } from './check-backchannel-request.ts';

/** `POST /bc-authorize` */
export function addBackchannelAuthentication(app: IdentityApp): void {
  app.post('/bc-authorize', (c) => answer(c));
  documentEndpoint(app, DOCUMENT);
}

async function answer(c: Context<AppEnv>): Promise<Response> {
  const { services, correlationId } = c.var;
  const { headers } = c.req.raw;
  const parameters = await readForm(c.req.raw);
  const endpoint = BACKCHANNEL_AUTHENTICATION_ENDPOINT;
  const client = await authenticateClient(
    { headers, parameters, endpoint, correlationId },
    services,
  );
  const checked = await checkBackchannelRequest(client, parameters, services);
  const authReqId = await beginRequest(client, checked, services);
  const body = { auth_req_id: authReqId, expires_in: checked.lifetime, interval: INTERVAL };
  return c.json(body, 200, { 'cache-control': 'no-store' });
}

const DOCUMENT: DocumentedEndpoint = {
  path: '/bc-authorize',
  summary: 'Ask a user to sign in, where they are (OpenID Connect CIBA)',
  operations: { post: 'backchannelAuthentication' },
  form: z.object({
    scope: z.string(),
    login_hint: z.string().optional(),
    id_token_hint: z.string().optional(),
    binding_message: z.string().optional(),
    requested_expiry: z.string().optional(),
    client_notification_token: z.string().optional(),
    acr_values: z.string().optional(),
    request: z.string().optional(),
    resource: z.union([z.string(), z.array(z.string())]).optional(),
    authorization_details: z.string().optional(),
    ...clientFields,
  }),
  answers: {
    'application/json': z.object({
      auth_req_id: z.string(),
      expires_in: z.int().openapi({ description: 'Seconds.' }),
      interval: z.int().openapi({ description: 'Seconds to wait between two polls.' }),
    }),
  },
};
