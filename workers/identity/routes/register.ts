import { createRoute } from '@hono/zod-openapi';

import { Problem } from '../../../shared/http/problem.ts';
import { newAccountId } from '../../../shared/ids.ts';
import type { Account, AccountConflict, NewAccount } from '../accounts/account.ts';
import type { IdentityApp, Services } from '../context.ts';
import { reach } from '../reach.ts';
import { requestOrigin } from '../sign-in/request-origin.ts';
import { startSession } from '../sign-in/start-session.ts';
import { RegisterBody } from './bodies.ts';
import { BODY_PROBLEMS, json, type Mounting, operation, problems } from './documented.ts';
import { TokenReplySchema } from './replies.ts';

const FIRST_ROLES = ['user'];

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
    const account = await createAccount(services, {
      id: newAccountId(),
      email,
      username: username ?? null,
      displayName: displayName ?? null,
      passwordHash: await services.passwords.hash(password),
      roles: FIRST_ROLES,
      createdAt: services.clock(),
    });
    const accountId = account.id;
    services.log({ event: 'account.created', level: 'info', correlationId, accountId });
    const origin = requestOrigin(c.req.raw.headers);
    return c.json(await startSession({ account, origin, device: deviceInfo ?? {} }, services), 201);
  });
}

async function createAccount(services: Services, account: NewAccount): Promise<Account> {
  const created = await reach('the database', async () => services.accounts().create(account));
  if (!created.ok) throw taken(created.error);
  return created.value;
}

const CODES = {
  email_taken: 'ACCOUNT_EMAIL_TAKEN',
  username_taken: 'ACCOUNT_USERNAME_TAKEN',
} as const;

export const taken = ({ reason }: AccountConflict): Problem => new Problem(CODES[reason]);
