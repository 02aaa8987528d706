import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { SessionView } from '../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { SessionId } from '../../../shared/ids.ts';
import {
  json,
  operation,
  problems,
  SESSION_PROBLEMS,
  USER_PROBLEMS,
} from '../../kit/documented.ts';
import type { AppEnv, IdentityApp, User } from '../context.ts';
import { EndedSchema, SessionListSchema } from './replies.ts';
import { FOR_USERS, requireLiveSession, requireUser } from './require.ts';

const mounting = { prefix: '', tag: 'sessions' };

/** A user's own sessions. */
export function sessionRoutes(): IdentityApp {
  const app = new OpenAPIHono<AppEnv>();
  addList(app);
  addEndOthers(app);
  addEnd(app);
  return app;
}

function addList(app: IdentityApp): void {
  const route = createRoute({
    ...operation(mounting, 'listSessions'),
    method: 'get',
    path: '/',
    summary: 'List your live sessions',
    ...FOR_USERS,
    middleware: [requireUser, requireLiveSession] as const,
    responses: { 200: json(SessionListSchema, 'Your sessions.'), ...problems(...USER_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    const { services, user } = c.var;
    const views = await orUnavailable('the user', async () =>
      services.users(user.accountId).listSessions(),
    );
    return c.json({ sessions: views.map((view) => toSession(view, user)) }, 200);
  });
}

function addEndOthers(app: IdentityApp): void {
  const route = createRoute({
    ...operation(mounting, 'endOtherSessions'),
    method: 'delete',
    path: '/',
    summary: 'End all your other sessions',
    ...FOR_USERS,
    middleware: [requireUser, requireLiveSession] as const,
    responses: {
      200: json(EndedSchema, 'They are ended.'),
      ...problems(...USER_PROBLEMS, ...SESSION_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user } = c.var;
    const request = { keep: user.sessionId, reason: 'remote' } as const;
    const ended = await orUnavailable('the user', async () =>
      services.users(user.accountId).endAllSessions(request),
    );
    return c.json({ ended }, 200);
  });
}

function addEnd(app: IdentityApp): void {
  const route = createRoute({
    ...operation(mounting, 'endSession'),
    method: 'delete',
    path: '/{sessionId}',
    summary: 'End one of your sessions',
    ...FOR_USERS,
    middleware: [requireUser, requireLiveSession] as const,
    request: { params: z.object({ sessionId: z.string() }) },
    responses: {
      204: { description: 'It is ended: its tokens work no more.' },
      ...problems(...USER_PROBLEMS, ...SESSION_PROBLEMS, 'SESSION_NOT_FOUND'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user } = c.var;
    const id = SessionId.parse(c.req.valid('param').sessionId);
    if (id === undefined) throw new Problem('SESSION_NOT_FOUND');
    const reason = id === user.sessionId ? 'logout' : 'remote';
    const ended = await orUnavailable('the user', async () =>
      services.users(user.accountId).endSession(id, reason),
    );
    if (!ended) throw new Problem('SESSION_NOT_FOUND');
    return c.body(null, 204);
  });
}

const toSession = (view: SessionView, user: User) => ({
  sessionId: view.sessionId,
  current: view.sessionId === user.sessionId,
  clientId: view.clientId,
  deviceInfo: view.device,
  deviceFingerprint: view.device.fingerprint ?? null,
  userAgent: view.origin.userAgent,
  ipAddress: view.origin.ipAddress,
  country: view.origin.country,
  createdAt: new Date(view.createdAt).toISOString(),
  lastActivityAt: new Date(view.lastActivityAt).toISOString(),
  expiresAt: new Date(view.expiresAt).toISOString(),
});
