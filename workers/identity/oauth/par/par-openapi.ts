import { z } from '@hono/zod-openapi';

import type { IdentityApp } from '../../context.ts';
import { json } from '../../routes/documented.ts';
import { clientFields, OAuthErrorSchema } from '../documented-endpoint.ts';

const PushedForm = z
  .looseObject({
    ...clientFields,
    response_type: z.literal('code').optional(),
    redirect_uri: z.string().optional(),
    scope: z.string().optional(),
    state: z.string().optional(),
    code_challenge: z.string().optional(),
    code_challenge_method: z.literal('S256').optional(),
    request: z.string().optional().openapi({ description: 'Instead of the others (RFC 9101).' }),
  })
  .openapi('PushedAuthorizationRequest');

const PushedAnswer = z
  .object({
    request_uri: z.string(),
    expires_in: z.int().openapi({ description: 'Seconds.' }),
  })
  .openapi('PushedAuthorizationResponse');

/** Tells `/openapi.json` of the endpoint, which judges its parameters itself. */
export function documentPar(app: IdentityApp): void {
  const form = { 'application/x-www-form-urlencoded': { schema: PushedForm } };
  app.openAPIRegistry.registerPath({
    operationId: 'pushAuthorizationRequest',
    tags: ['oauth'],
    method: 'post',
    path: '/par',
    summary: 'Push an authorization request (RFC 9126)',
    request: { body: { required: true, content: form } },
    responses: {
      201: json(PushedAnswer, 'Kept for one use.'),
      400: json(OAuthErrorSchema, 'The request is refused.'),
      401: json(OAuthErrorSchema, 'The client did not authenticate: `invalid_client`.'),
      503: json(OAuthErrorSchema, 'It cannot be judged at the moment.'),
    },
  });
}
