import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { utf8 } from '../../../shared/bytes.ts';
import type { NamedCallOutcome } from '../../../shared/contracts/connect/hub-rpc.ts';
import { CLIENT_IP_HEADER, COUNTRY_HEADER } from '../../../shared/contracts/edge/principal.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { presentAnswer } from '../../../shared/hub-protocol/answer.ts';
import { RESPONSE_CODES } from '../../../shared/hub-protocol/response-codes.ts';
import { BEARER, BODY_PROBLEMS, jsonBody, problems, USER_PROBLEMS } from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import { type OwnClientNeeds, requireHubClient, requireSession } from '../../kit/require.ts';
import { type NetworkNeeds, regionOf } from '../hubs/hub-network.ts';

export type ProxyNeeds = NetworkNeeds & OwnClientNeeds;

type ProxyRouter = OpenAPIHono<RequestEnv<ProxyNeeds>>;

const CallSchema = z.strictObject({
  service: z.string().max(63),
  method: z.string().max(10),
  path: z.string().max(512),
  body: z.unknown().optional().openapi({ description: 'JSON. Absent: an empty payload.' }),
});

/** Calls an endpoint by its name over HTTP, with the same outcome as over the socket. */
export function proxyRoutes(): ProxyRouter {
  const app = new OpenAPIHono<RequestEnv<ProxyNeeds>>();
  const route = createRoute({
    method: 'post',
    path: '/internal/proxy',
    operationId: 'callByName',
    tags: ['connect'],
    summary: 'Call an endpoint by its name',
    description:
      'The same permissions, services and answers as over the socket. The status is that of the response code; an error is a problem document, the service’s own if it sent one.',
    security: BEARER,
    middleware: [requireSession, requireHubClient],
    request: jsonBody(CallSchema),
    responses: {
      200: { description: 'What the service answered, as it came.' },
      404: { description: 'No such endpoint for this session, or the service found nothing.' },
      ...problems(...BODY_PROBLEMS, ...USER_PROBLEMS, 'AUTHZ_DENIED', 'AUTH_SCOPE_INSUFFICIENT'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, session: principal, correlationId } = c.var;
    const { body, ...address } = c.req.valid('json');
    const hub = services.network.hubOf(regionOf(c.req.raw.cf), principal.sessionId);
    const call = {
      ...address,
      principal,
      payload: body === undefined ? new Uint8Array() : utf8(JSON.stringify(body)),
      clientIp: c.req.header(CLIENT_IP_HEADER) ?? '',
      country: c.req.header(COUNTRY_HEADER) ?? '',
      correlationId,
    };
    const [outcome] = await orUnavailable('a hub', () =>
      services.network.ask([hub], (one) => one.callByName(call)),
    );
    if (outcome === undefined) throw new Problem('SERVICE_UNAVAILABLE');
    return toResponse(outcome);
  });
  return app;
}

function toResponse(outcome: NamedCallOutcome): Response {
  const { name, payload, binary, contentType } = presentAnswer(outcome, true);
  const isOk = name === 'OK';
  const type = isOk ? (contentType ?? typeOf(binary)) : 'application/problem+json';
  return new Response(payload.length === 0 ? null : new Uint8Array(payload), {
    status: RESPONSE_CODES[name].status,
    headers: {
      // The payload of a service must not become a page of our origin.
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      ...(payload.length === 0 ? {} : { 'content-type': type }),
    },
  });
}

const typeOf = (binary: boolean): string =>
  binary ? 'application/octet-stream' : 'application/json';
