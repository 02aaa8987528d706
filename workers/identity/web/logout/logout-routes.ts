import type { Context } from 'hono';
import { Hono } from 'hono';

import type { Log } from '../../../../shared/telemetry/log.ts';
import type { AppEnv } from '../../context.ts';
import {
  type AfterLogout,
  type LogoutRequest,
  logoutParameters,
  readLogoutRequest,
} from '../../oauth/logout/logout-request.ts';
import { Parameters, readForm } from '../../platform/parameters.ts';
import { readBrowserSession } from '../../sessions/browser-session.ts';
import { answerPageError } from '../kit/error-page.tsx';
import { limitForm, readOwnForm } from '../kit/own-form.ts';
import { PageError } from '../kit/page-error.ts';
import { confirmLogout } from './logout-pages.tsx';
import { signOutHere } from './sign-out-here.ts';

/**
 * `/oauth2/logout` (OpenID Connect RP-Initiated Logout §2). A browser is here, so errors are pages.
 */
export function logoutRoutes(log: Log): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError(answerPageError(log));
  app.get('/logout', (c) => ask(c));
  app.post('/logout', limitForm, (c) => receive(c));
  app.post('/logout/confirm', limitForm, (c) => confirmed(c));
  return app;
}

/** Signs out at once whoever the request names by an ID token of this session; asks everybody else. */
async function ask(c: Context<AppEnv>): Promise<Response> {
  const parameters = Parameters.read(new URL(c.req.url).searchParams);
  const request = await checked(c, parameters);
  const session = await readBrowserSession(c);
  const isNamed = session !== undefined && request.hint?.sessionId === session.grant.sessionId;
  if (session === undefined || isNamed) return signOutHere(c, session, afterLogout(request));
  return confirmLogout(c, parameters, request);
}

/**
 * A form that a client's page sends arrives without our cookies (`SameSite=Lax`), so nobody would seem
 * to be signed in: the browser comes back with the same request.
 */
async function receive(c: Context<AppEnv>): Promise<Response> {
  const parameters = logoutParameters(await readForm(c.req.raw));
  return c.redirect(`/oauth2/logout?${new URLSearchParams(parameters).toString()}`, 303);
}

async function confirmed(c: Context<AppEnv>): Promise<Response> {
  const { form } = await readOwnForm(c);
  const request = await checked(c, form);
  return signOutHere(c, await readBrowserSession(c), afterLogout(request));
}

/** @throws {PageError} `logout_refused` */
async function checked(c: Context<AppEnv>, parameters: Parameters): Promise<LogoutRequest> {
  const request = await readLogoutRequest(parameters, c.var.services);
  if (request.ok) return request.value;
  const { log } = c.var.services;
  const { correlationId } = c.var;
  log({ event: 'logout.refused', level: 'warn', correlationId, reason: request.error.reason });
  throw new PageError('logout_refused');
}

const afterLogout = ({ client, redirectTo }: LogoutRequest): AfterLogout | undefined =>
  client === undefined || redirectTo === undefined ? undefined : { client, redirectTo };
