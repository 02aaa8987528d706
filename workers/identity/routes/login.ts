import { createRoute } from '@hono/zod-openapi';

import type { IdentityApp, Services } from '../context.ts';
import { afterSignIn } from '../sign-in/after-sign-in.ts';
import { checkPassword } from '../sign-in/check-password.ts';
import { requestOrigin } from '../sign-in/request-origin.ts';
import { SIGN_IN_METHODS } from '../sign-in/sign-in-method.ts';
import { startSession } from '../sign-in/start-session.ts';
import { LoginBody } from './bodies.ts';
import { BODY_PROBLEMS, json, type Mounting, operation, problems } from './documented.ts';
import { TokenReplySchema } from './replies.ts';

/** `POST /login`: signs in with e-mail and password. */
export function addLogin(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'login'),
    method: 'post',
    path: '/login',
    summary: 'Sign in with e-mail and password',
    request: { body: { required: true, content: { 'application/json': { schema: LoginBody } } } },
    responses: {
      200: json(TokenReplySchema, 'Signed in.'),
      ...problems(...BODY_PROBLEMS, 'AUTH_CREDENTIALS_INVALID', 'AUTH_LOCKED', 'TOKEN_KMS_ERROR'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, correlationId } = c.var;
    const { email, password, deviceInfo } = c.req.valid('json');
    const device = deviceInfo ?? {};
    const origin = requestOrigin(c.req.raw.headers);
    const method = SIGN_IN_METHODS.password;
    const { ipAddress } = origin;
    const attempt = { email, password, device, ipAddress };
    const log: Services['log'] = (event) => services.log({ ...event, correlationId });
    const checked = await checkPassword(attempt, { ...services, log });
    const signedIn = { account: checked.account, origin, device, method };
    const tokens = await startSession(signedIn, services);
    c.executionCtx.waitUntil(afterSignIn(checked, password, { ...services, log }));
    return c.json(tokens, 200);
  });
}
