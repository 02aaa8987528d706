/**
 * The backchannel authentication endpoint.
 *
 * @see [OpenID Connect CIBA §7](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#rfc.section.7)
 * @module
 */

import { OpenAPIHono, z } from '@hono/zod-openapi';
import { randomBytes, toBase64Url } from '../../../../shared/bytes.ts';
import { type Clock, seconds } from '../../../../shared/clock.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { readForm } from '../../platform/parameters.ts';
import {
  type AuthenticateClientNeeds,
  authenticateClient,
} from '../client-auth/authenticate-client.ts';
import type { Client } from '../clients/client.ts';
import { clientFields, type DocumentedEndpoint, documentEndpoint } from '../document-endpoint.ts';
import { BACKCHANNEL_AUTHENTICATION_ENDPOINT } from '../endpoints.ts';
import {
  type CheckCibaRequestNeeds,
  type CheckedCibaRequest,
  checkCibaRequest,
} from './check-ciba-request.ts';
import { type SealPingNeeds, sealPing } from './ciba-ping.ts';
import { type CibaRequest, cibaRequests, takePlace } from './ciba-requests.ts';
import { INTERVAL } from './judge-poll.ts';
import { idOfSecret } from './request-store.ts';

type BeginCibaRequestNeeds = SealPingNeeds & {
  readonly clock: Clock;
  readonly ttlStore: () => TtlStore;
};

export type CibaNeeds = AuthenticateClientNeeds & CheckCibaRequestNeeds & BeginCibaRequestNeeds;

/** `POST /bc-authorize` */
export function cibaRoutes(): OpenAPIHono<RequestEnv<CibaNeeds>> {
  const app = new OpenAPIHono<RequestEnv<CibaNeeds>>();
  app.post('/bc-authorize', (c) => begin(c));
  documentEndpoint(app, DOCUMENT);
  return app;
}

async function begin(c: RequestContext<CibaNeeds>): Promise<Response> {
  const { services, correlationId } = c.var;
  const { headers } = c.req.raw;
  const parameters = await readForm(c.req.raw);
  const endpoint = BACKCHANNEL_AUTHENTICATION_ENDPOINT;
  const sent = { headers, parameters, endpoint, correlationId, answerHeaders: c.res.headers };
  const client = await authenticateClient(sent, services);
  const checked = await checkCibaRequest(client, parameters, services);
  const authReqId = await beginCibaRequest(client, checked, services);
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

/**
 * Stores a request, for its user to find.
 *
 * @returns The `auth_req_id`: 256 random bits.
 * @throws {OAuthError} `access_denied` (403, CIBA §13) if too many wait for the user already.
 * @throws {TtlStoreUnavailable}
 */
async function beginCibaRequest(
  { clientId }: Client,
  { terms, user, bindingMessage, lifetime, notificationToken }: CheckedCibaRequest,
  needs: BeginCibaRequestNeeds,
): Promise<string> {
  const store = needs.ttlStore();
  const authReqId = toBase64Url(randomBytes(32));
  const id = await idOfSecret(authReqId);
  const place = await takePlace(store, user.id, id, lifetime);
  if (place === undefined) {
    const description = 'Too many requests wait for the user';
    throw new OAuthError('access_denied', description, { status: 403 });
  }
  const beganAt = needs.clock();
  const request: CibaRequest = {
    ...terms,
    clientId,
    beganAt,
    expiresAt: beganAt + seconds(lifetime),
    accountId: user.id,
    bindingMessage,
    place,
    ping:
      notificationToken === null ? null : await sealPing({ authReqId, notificationToken }, needs),
  };
  await cibaRequests.save(store, id, request, beganAt);
  return authReqId;
}
