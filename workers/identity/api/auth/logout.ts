import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import {
  BODY_PROBLEMS,
  type Mounting,
  operation,
  optionalJsonBody,
  problems,
  SESSION_PROBLEMS,
  USER_PROBLEMS,
} from '../../../kit/documented.ts';
import { type RequestEnv, requestServices } from '../../../kit/request.ts';
import { type RevokeTokenNeeds, revokeToken } from '../../sessions/token-status.ts';
import { emptyBodyIsNone, FOR_USERS, type UserNeeds } from '../require.ts';

export type LogoutNeeds = UserNeeds & RevokeTokenNeeds;

/** Ends the session of the request, or all of the account's. */
export function logoutRoutes(mounting: Mounting): OpenAPIHono<RequestEnv<LogoutNeeds>> {
  const app = new OpenAPIHono<RequestEnv<LogoutNeeds>>();
  const route = createRoute({
    ...operation(mounting, 'logout'),
    method: 'post',
    path: '/logout',
    summary: 'Sign out',
    ...FOR_USERS,
    middleware: [...FOR_USERS.middleware, emptyBodyIsNone],
    request: optionalJsonBody(LogoutBody),
    responses: {
      204: { description: 'Signed out: the tokens of what was ended work no more.' },
      ...problems(...BODY_PROBLEMS, ...USER_PROBLEMS, ...SESSION_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { user } = c.var;
    const services = requestServices(c);
    const { allSessions = false } = c.req.valid('json');
    const sessions = services.users(user.accountId);
    await (allSessions
      ? sessions.endAllSessions({ reason: 'logout' })
      : sessions.endSession(user.sessionId, 'logout'));
    await revokeToken(user, services);
    return c.body(null, 204);
  });
  return app;
}

const LogoutBody = z
  .strictObject({
    allSessions: z
      .boolean()
      .optional()
      .openapi({ description: 'Whether to end every session of the account, not this one alone.' }),
  })
  .openapi('LogoutRequest');
