import { z } from '@hono/zod-openapi';

import type { IdentityApp } from '../../context.ts';
import { json } from '../../routes/documented.ts';
import { OAuthErrorSchema } from '../documented-endpoint.ts';
import { GRANTS } from './grants.ts';

const TokenForm = z
  .looseObject({
    grant_type: z.enum([...GRANTS.keys()]),
    client_id: z.string().optional(),
    code: z.string().optional(),
    code_verifier: z.string().optional(),
    redirect_uri: z.string().optional(),
    refresh_token: z.string().optional(),
    device_code: z.string().optional(),
    auth_req_id: z.string().optional(),
    scope: z.string().optional(),
    subject_token: z.string().optional(),
    subject_token_type: z.string().optional(),
    actor_token: z.string().optional(),
    actor_token_type: z.string().optional(),
    requested_token_type: z.string().optional(),
    audience: z.union([z.string(), z.array(z.string())]).optional(),
    assertion: z.string().optional(),
    resource: z.union([z.string(), z.array(z.string())]).optional(),
  })
  .openapi('TokenRequest');

const TokenAnswer = z
  .object({
    access_token: z.string(),
    token_type: z.enum(['Bearer', 'DPoP', 'N_A']),
    expires_in: z.int().openapi({ description: 'Seconds.' }),
    scope: z.string().optional(),
    refresh_token: z.string().optional(),
    id_token: z.string().optional(),
    issued_token_type: z.string().optional(),
    authorization_details: z.array(z.looseObject({ type: z.string() })).optional(),
  })
  .openapi('TokenResponse');

/** Tells `/openapi.json` of the endpoint. Its own checks are RFC 6749's, so no schema validates it. */
export function documentToken(app: IdentityApp): void {
  const form = { 'application/x-www-form-urlencoded': { schema: TokenForm } };
  app.openAPIRegistry.registerPath({
    operationId: 'token',
    tags: ['oauth'],
    method: 'post',
    path: '/token',
    summary: 'Exchange a grant for tokens (RFC 6749 §3.2)',
    description:
      'The client authenticates as it registered: by HTTP Basic, in the form, by an assertion, or by ' +
      'its TLS certificate. A DPoP proof binds the tokens to its key.',
    request: { body: { required: true, content: form } },
    responses: {
      200: json(TokenAnswer, 'Tokens.'),
      400: json(OAuthErrorSchema, 'Refused (RFC 6749 §5.2).'),
      401: json(OAuthErrorSchema, 'The client did not authenticate: `invalid_client`.'),
      503: json(OAuthErrorSchema, 'Cannot be judged now: `temporarily_unavailable`.'),
    },
  });
}
