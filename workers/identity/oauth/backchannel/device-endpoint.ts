/**
 * The device authorization endpoint.
 *
 * @see [RFC 8628 §3.1](https://www.rfc-editor.org/rfc/rfc8628#section-3.1), §3.2
 * @module
 */

import { OpenAPIHono, z } from '@hono/zod-openapi';

import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { readForm } from '../../platform/parameters.ts';
import type { TermsNeeds } from '../authorize/check-terms.ts';
import { clientDemands } from '../authorize/client-demands.ts';
import {
  type AuthenticateClientNeeds,
  authenticateClient,
} from '../client-auth/authenticate-client.ts';
import type { Client } from '../clients/client.ts';
import { clientFields, type DocumentedEndpoint, documentEndpoint } from '../document-endpoint.ts';
import { DEVICE_AUTHORIZATION_ENDPOINT, endpointUrl } from '../endpoints.ts';
import {
  beginDevice,
  DEVICE_SECONDS,
  type DeviceRequestsNeeds,
  shownUserCode,
} from './device-requests.ts';
import { INTERVAL } from './judge-poll.ts';
import { checkRequestedTerms } from './requested-terms.ts';

export type DeviceAuthorizationNeeds = AuthenticateClientNeeds &
  TermsNeeds &
  DeviceRequestsNeeds & { readonly config: { readonly issuer: string } };

/** `POST /device_authorization` */
export function deviceAuthorizationRoutes(): OpenAPIHono<RequestEnv<DeviceAuthorizationNeeds>> {
  const app = new OpenAPIHono<RequestEnv<DeviceAuthorizationNeeds>>();
  app.post('/device_authorization', (c) => begin(c));
  documentEndpoint(app, DOCUMENT);
  return app;
}

async function begin(c: RequestContext<DeviceAuthorizationNeeds>): Promise<Response> {
  const { services, correlationId } = c.var;
  const { headers } = c.req.raw;
  const parameters = await readForm(c.req.raw);
  const endpoint = DEVICE_AUTHORIZATION_ENDPOINT;
  const sent = { headers, parameters, endpoint, correlationId, answerHeaders: c.res.headers };
  const client = await authenticateClient(sent, services);
  assertMayBegin(client);
  const terms = await checkRequestedTerms(client, parameters, services);
  const { deviceCode, userCode } = await beginDevice(client, terms, services);
  const shown = shownUserCode(userCode);
  const uri = endpointUrl(services.config.issuer, '/device');
  const body = {
    device_code: deviceCode,
    user_code: shown,
    verification_uri: uri,
    verification_uri_complete: `${uri}?user_code=${shown}`,
    expires_in: DEVICE_SECONDS,
    // Optional by RFC 8628 §3.2, but some clients need it.
    interval: INTERVAL,
  };
  return c.json(body, 200, { 'cache-control': 'no-store' });
}

function assertMayBegin(client: Client): void {
  if (!client.grantTypes.includes('urn:ietf:params:oauth:grant-type:device_code')) {
    throw new OAuthError('unauthorized_client', 'This client is not registered for the grant');
  }
  if (clientDemands(client).signedRequest) {
    throw new OAuthError('unauthorized_client', 'The requests of this client must be signed');
  }
}

const DOCUMENT: DocumentedEndpoint = {
  path: '/device_authorization',
  summary: 'Begin the sign-in of a device (RFC 8628)',
  operations: { post: 'deviceAuthorization' },
  form: z.object({
    scope: z.string().optional(),
    resource: z.union([z.string(), z.array(z.string())]).optional(),
    authorization_details: z.string().optional(),
    ...clientFields,
  }),
  answers: {
    'application/json': z.object({
      device_code: z.string(),
      user_code: z.string().openapi({ example: 'WDJB-MJHT' }),
      verification_uri: z.url(),
      verification_uri_complete: z.url(),
      expires_in: z.int().openapi({ description: 'Seconds.' }),
      interval: z.int().openapi({ description: 'Seconds to wait between two polls.' }),
    }),
  },
};
