import { createRoute } from '@hono/zod-openapi';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import {
  BODY_PROBLEMS,
  json,
  type Mounting,
  operation,
  problems,
  SESSION_PROBLEMS,
  USER_PROBLEMS,
} from '../../../kit/documented.ts';
import type { Account } from '../../accounts/account.ts';
import type { IdentityApp } from '../../context.ts';
import { ProfileSchema } from '../replies.ts';
import { FOR_USERS, requireLiveSession, requireUser } from '../require.ts';
import { ProfileBody } from './bodies.ts';
import { taken } from './sign-in.ts';

/** `GET /profile`: what the account says of its owner. */
export function addReadProfile(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'readProfile'),
    method: 'get',
    path: '/profile',
    summary: 'Read your profile',
    ...FOR_USERS,
    middleware: [requireUser, requireLiveSession] as const,
    responses: { 200: json(ProfileSchema, 'Your profile.'), ...problems(...USER_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    const { services, user } = c.var;
    const account = await orUnavailable('the database', async () =>
      services.accounts().find(user.accountId),
    );
    return c.json(profileOf(account), 200);
  });
}

/** `PUT /profile`: changes the names. */
export function addChangeProfile(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'changeProfile'),
    method: 'put',
    path: '/profile',
    summary: 'Change your profile',
    ...FOR_USERS,
    middleware: [requireUser, requireLiveSession] as const,
    request: { body: { required: true, content: { 'application/json': { schema: ProfileBody } } } },
    responses: {
      200: json(ProfileSchema, 'Your profile as it is now.'),
      ...problems(
        ...BODY_PROBLEMS,
        ...USER_PROBLEMS,
        ...SESSION_PROBLEMS,
        'ACCOUNT_USERNAME_TAKEN',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user } = c.var;
    const change = c.req.valid('json');
    const changed = await orUnavailable('the database', async () =>
      services.accounts().changeProfile(user.accountId, change, services.clock()),
    );
    if (!changed.ok) throw taken(changed.error);
    return c.json(profileOf(changed.value), 200);
  });
}

/** A token outlives its account by a few minutes at most. */
function profileOf(account: Account | undefined) {
  if (account === undefined) throw new Problem('AUTH_TOKEN_INVALID');
  const { id, email, emailVerified, username, displayName, roles, createdAt, updatedAt } = account;
  return {
    accountId: id,
    email,
    emailVerified,
    username,
    displayName,
    roles: [...roles],
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
