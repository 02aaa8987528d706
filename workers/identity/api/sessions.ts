import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { SessionView } from '../../../shared/contracts/identity/user-sessions.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { SessionId } from '../../../shared/ids.ts';
import {
  instant,
  json,
  operation,
  problems,
  SESSION_PROBLEMS,
  USER_PROBLEMS,
} from '../../kit/documented.ts';
import type { RequestEnv, SignedInUser } from '../../kit/request.ts';
import { deviceInfoSchema } from './device-info.ts';
import { FOR_USERS, type UserNeeds } from './require.ts';

const mounting = { prefix: '', tag: 'sessions' };

const sessionId = z.string().openapi({ example: 'ses_abcdefghijklmnopqrstuvwxyz' });

const SessionSchema = z
  .object({
    sessionId,
    current: z.boolean().openapi({ description: 'Whether it is the session of this request.' }),
    clientId: z.string(),
    deviceInfo: deviceInfoSchema,
    deviceFingerprint: z.string().nullable(),
    userAgent: z.string(),
    ipAddress: z.string(),
    country: z.string().nullable(),
    createdAt: instant,
    lastActivityAt: instant,
    expiresAt: instant,
  })
  .openapi('Session');

const SessionListSchema = z.object({ sessions: z.array(SessionSchema) }).openapi('SessionList');

const EndedSchema = z
  .object({ ended: z.int().openapi({ description: 'How many sessions were ended.' }) })
  .openapi('EndedSessions');

/** A user's own sessions. */
export function sessionRoutes(): OpenAPIHono<RequestEnv<UserNeeds>> {
  const app = new OpenAPIHono<RequestEnv<UserNeeds>>();
  addList(app);
  addEndOthers(app);
  addEnd(app);
  return app;
}

function addList(app: OpenAPIHono<RequestEnv<UserNeeds>>): void {
  const route = createRoute({
    ...operation(mounting, 'listSessions'),
    method: 'get',
    path: '/',
    summary: 'List your live sessions',
    ...FOR_USERS,
    responses: { 200: json(SessionListSchema, 'Your sessions.'), ...problems(...USER_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    const { services, user } = c.var;
    const views = await services.users(user.accountId).listSessions();
    return c.json({ sessions: views.map((view) => toJson(view, user)) }, 200);
  });
}

function addEndOthers(app: OpenAPIHono<RequestEnv<UserNeeds>>): void {
  const route = createRoute({
    ...operation(mounting, 'endOtherSessions'),
    method: 'delete',
    path: '/',
    summary: 'End all your other sessions',
    ...FOR_USERS,
    responses: {
      200: json(EndedSchema, 'They are ended.'),
      ...problems(...USER_PROBLEMS, ...SESSION_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user } = c.var;
    const request = { keep: user.sessionId, reason: 'remote' } as const;
    const ended = await services.users(user.accountId).endAllSessions(request);
    return c.json({ ended }, 200);
  });
}

function addEnd(app: OpenAPIHono<RequestEnv<UserNeeds>>): void {
  const route = createRoute({
    ...operation(mounting, 'endSession'),
    method: 'delete',
    path: '/{sessionId}',
    summary: 'End one of your sessions',
    ...FOR_USERS,
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
    const isEnded = await services.users(user.accountId).endSession(id, reason);
    if (!isEnded) throw new Problem('SESSION_NOT_FOUND');
    return c.body(null, 204);
  });
}

const toJson = (view: SessionView, user: SignedInUser) => ({
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
