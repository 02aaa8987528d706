/**
 * Who may call a route of this API. A route spreads one of the two constants below into its
 * description: they require the caller before the body is read, and tell clients of it.
 *
 * @module
 */

import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';

import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import type { SessionStatus } from '../../../shared/contracts/identity/identity-rpc.ts';
import { ACCOUNT_SCOPE, ADMINISTRATOR } from '../../../shared/contracts/identity/oauth-terms.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { ADMINISTRATOR_PROBLEMS, BEARER, SESSION_PROBLEMS } from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import {
  type AdministratorNeeds,
  type OwnClientNeeds,
  requireAdministrator,
  requireUser,
} from '../../kit/require.ts';
import { touchSession, type Users } from '../sessions/user-sessions.ts';

export type LiveSessionNeeds = { readonly users: Users };

export type UserNeeds = OwnClientNeeds & LiveSessionNeeds;
export type AdministrationNeeds = UserNeeds & AdministratorNeeds;

/**
 * Requires that the user's session lives at this moment, whatever the edge's snapshot still says, and
 * marks its activity. After `requireUser`.
 */
const requireLiveSession: MiddlewareHandler<RequestEnv<LiveSessionNeeds>> = createMiddleware<
  RequestEnv<LiveSessionNeeds>
>(async (c, next) => {
  const { services, user, log } = c.var;
  const refusal = REFUSALS[await services.users(user.accountId).checkSession(user.sessionId)];
  if (refusal !== undefined) throw new Problem(refusal);
  await next();
  c.executionCtx.waitUntil(touchSession(user, services, log));
});

const REFUSALS: Readonly<Record<SessionStatus, ErrorCode | undefined>> = {
  live: undefined,
  ended: 'SESSION_TERMINATED',
  unknown: 'SESSION_TERMINATED',
  expired: 'SESSION_EXPIRED',
};

const requireAccountUser = requireUser(ACCOUNT_SCOPE);

/**
 * Of every route for a user about their own account. `x-sallyport-permission` tells the hub whom to
 * list the route for.
 */
export const FOR_USERS = {
  security: BEARER,
  'x-sallyport-permission': { scopes: [ACCOUNT_SCOPE], ownClient: 'suffices' },
  middleware: [requireAccountUser, requireLiveSession],
};

/** Of every route for administrators. */
export const FOR_ADMINISTRATORS = {
  security: BEARER,
  'x-sallyport-permission': { roles: [ADMINISTRATOR], ownClient: 'required' },
  middleware: [requireAccountUser, requireLiveSession, requireAdministrator],
};

export const ADMINISTRATION_PROBLEMS = [...ADMINISTRATOR_PROBLEMS, ...SESSION_PROBLEMS] as const;

/**
 * Treats an empty body as none, for a request whose body is optional: many clients announce JSON
 * whether they send any or not.
 */
export const emptyBodyIsNone: MiddlewareHandler<RequestEnv<unknown>> = createMiddleware<
  RequestEnv<unknown>
>(async (c, next) => {
  if ((await c.req.text()).trim() === '') {
    const headers = new Headers(c.req.raw.headers);
    headers.delete('content-type');
    c.req.raw = new Request(c.req.url, { method: c.req.method, headers });
  }
  await next();
});
