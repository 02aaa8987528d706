import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';

import type { AppEnv, IdentityApp } from '../../context.ts';
import { BEARER } from '../../routes/documented.ts';
import { type DocumentedEndpoint, documentEndpoint } from '../documented-endpoint.ts';
import { askingToken } from './asking-token.ts';
import { invalidToken } from './token-refusal.ts';
import { userinfoClaims } from './userinfo-claims.ts';
import { userinfoResponse } from './userinfo-response.ts';

/** `GET` and `POST /userinfo` (OpenID Connect Core §5.3). */
export function addUserinfo(app: IdentityApp): void {
  app.get('/userinfo', (c) => answer(c));
  app.post('/userinfo', (c) => answer(c));
  documentEndpoint(app, DOCUMENT);
}

const DOCUMENT: DocumentedEndpoint = {
  path: '/userinfo',
  summary: 'Claims about the user (OpenID Connect Core §5.3)',
  operations: { get: 'readUserinfo', post: 'readUserinfoByPost' },
  form: z.object({ access_token: z.string().optional() }),
  answers: {
    'application/json': z.looseObject({ sub: z.string() }),
    'application/jwt': z.string(),
  },
  security: BEARER,
};

async function answer(c: Context<AppEnv>): Promise<Response> {
  const { services } = c.var;
  const principal = await askingToken(c.req.raw, services);
  const [claims, client] = await Promise.all([
    userinfoClaims(principal, services),
    services.clients.find(principal.clientId),
  ]);
  if (client === undefined && principal.clientId !== services.config.clientId) throw invalidToken();
  return userinfoResponse(claims, client, services);
}
