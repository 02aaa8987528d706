import { createRoute } from '@hono/zod-openapi';

import type { IdentityApp } from '../context.ts';
import { refreshSession } from '../refresh/refresh-session.ts';
import { requestOrigin } from '../sign-in/request-origin.ts';
import { RefreshBody } from './bodies.ts';
import { BODY_PROBLEMS, json, type Mounting, operation, problems } from './documented.ts';
import { TokenReplySchema } from './replies.ts';

const PATHS = { refreshToken: '/token/refresh', refresh: '/refresh' } as const;

/** `POST /token/refresh`, and `/refresh`: exchanges a refresh token for its successor. */
export function addRefresh(app: IdentityApp, mounting: Mounting): void {
  for (const [name, path] of Object.entries(PATHS)) {
    app.openapi(refreshRoute(mounting, name, path), async (c) => {
      const { services, correlationId } = c.var;
      const { refreshToken, deviceInfo } = c.req.valid('json');
      const origin = requestOrigin(c.req.raw.headers);
      const request = { refreshToken, origin, device: deviceInfo ?? {}, correlationId };
      return c.json(await refreshSession(request, services), 200);
    });
  }
}

const refreshRoute = (mounting: Mounting, name: string, path: string) =>
  createRoute({
    ...operation(mounting, name),
    method: 'post',
    path,
    summary: 'Exchange a refresh token for new tokens',
    description:
      'A refresh token works once. Its immediate repetition by the same installation, as after a ' +
      'lost reply, gets the same successor; any other second use ends the session.',
    request: { body: { required: true, content: { 'application/json': { schema: RefreshBody } } } },
    responses: {
      200: json(TokenReplySchema, 'New tokens.'),
      ...problems(
        ...BODY_PROBLEMS,
        'TOKEN_REFRESH_INVALID',
        'TOKEN_REFRESH_EXPIRED',
        'TOKEN_REFRESH_REUSED',
        'TOKEN_FAMILY_REVOKED',
        'SESSION_EXPIRED',
        'TOKEN_KMS_ERROR',
      ),
    },
  });
