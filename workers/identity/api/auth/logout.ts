import { createRoute, z } from '@hono/zod-openapi';
import {
  BODY_PROBLEMS,
  type Mounting,
  operation,
  problems,
  SESSION_PROBLEMS,
  USER_PROBLEMS,
} from '../../../kit/documented.ts';
import type { IdentityApp, Services, User } from '../../context.ts';
import { revokeToken } from '../../sessions/token-status.ts';
import { emptyBodyIsNone, FOR_USERS } from '../require.ts';

/** `POST /logout`: ends this session, or all of the account's. */
export function addLogout(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'logout'),
    method: 'post',
    path: '/logout',
    summary: 'Sign out',
    ...FOR_USERS,
    middleware: [...FOR_USERS.middleware, emptyBodyIsNone] as const,
    request: { body: { content: { 'application/json': { schema: LogoutBody } } } },
    responses: {
      204: { description: 'Signed out: the tokens of what was ended work no more.' },
      ...problems(...BODY_PROBLEMS, ...USER_PROBLEMS, ...SESSION_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user, correlationId } = c.var;
    const { allSessions } = c.req.valid('json');
    await endSessions(user, allSessions === true ? 'all' : 'this', services);
    const log: Services['log'] = (event) => services.log({ ...event, correlationId });
    await revokeToken(user, { ...services, log });
    return c.body(null, 204);
  });
}

async function endSessions(
  { accountId, sessionId }: User,
  which: 'this' | 'all',
  services: Services,
): Promise<void> {
  const sessions = services.users(accountId);
  if (which === 'all') await sessions.endAllSessions({ reason: 'logout' });
  else await sessions.endSession(sessionId, 'logout');
}

const LogoutBody = z
  .object({
    allSessions: z
      .boolean()
      .optional()
      .openapi({ description: 'Whether to end every session of the account, not this one alone.' }),
  })
  .openapi('LogoutRequest');
