import { createRoute } from '@hono/zod-openapi';

import { Problem } from '../../../shared/http/problem.ts';
import type { AccountConflict } from '../accounts/account.ts';
import { registerAccount } from '../accounts/register-account.ts';
import type { IdentityApp, Services } from '../context.ts';
import { requestOrigin } from '../sign-in/request-origin.ts';
import { SIGN_IN_METHODS } from '../sign-in/sign-in-method.ts';
import { startSession } from '../sign-in/start-session.ts';
import { RegisterBody } from './bodies.ts';
import { BODY_PROBLEMS, json, type Mounting, operation, problems } from './documented.ts';
import { TokenReplySchema } from './replies.ts';

/** `POST /register`: creates an account and signs its owner in. */
export function addRegister(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'register'),
    method: 'post',
    path: '/register',
    summary: 'Create an account and sign in',
    request: {
      body: { required: true, content: { 'application/json': { schema: RegisterBody } } },
    },
    responses: {
      201: json(TokenReplySchema, 'The account exists and its owner is signed in.'),
      ...problems(
        ...BODY_PROBLEMS,
        'ACCOUNT_EMAIL_TAKEN',
        'ACCOUNT_USERNAME_TAKEN',
        'TOKEN_KMS_ERROR',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { services, correlationId } = c.var;
    const { email, password, username, displayName, deviceInfo } = c.req.valid('json');
    const names = { username: username ?? null, displayName: displayName ?? null };
    const log: Services['log'] = (event) => services.log({ ...event, correlationId });
    const created = await registerAccount({ email, password, ...names }, { ...services, log });
    if (!created.ok) throw taken(created.error);
    const account = created.value;
    const origin = requestOrigin(c.req.raw.headers);
    const method = SIGN_IN_METHODS.password;
    const signedIn = { account, origin, device: deviceInfo ?? {}, method };
    return c.json(await startSession(signedIn, services), 201);
  });
}

const CODES = {
  email_taken: 'ACCOUNT_EMAIL_TAKEN',
  username_taken: 'ACCOUNT_USERNAME_TAKEN',
} as const;

export const taken = ({ reason }: AccountConflict): Problem => new Problem(CODES[reason]);
