import { OpenAPIHono } from '@hono/zod-openapi';

import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import {
  type AfterLogout,
  type LogoutRequest,
  type LogoutRequestNeeds,
  logoutParameters,
  readLogoutRequest,
} from '../../oauth/logout/logout-request.ts';
import { navigationsOnly } from '../../platform/navigation.ts';
import { Parameters, readForm } from '../../platform/parameters.ts';
import {
  type ReadBrowserSessionNeeds,
  readBrowserSession,
} from '../../sessions/browser-session.ts';
import { answerPageError } from '../kit/error-page.tsx';
import type { RenderPageNeeds } from '../kit/layout.tsx';
import { limitForm, type OwnFormNeeds, readOwnForm } from '../kit/own-form.ts';
import { PageError } from '../kit/page-error.ts';
import { pageText } from '../kit/text.ts';
import { mayRedirectUnasked, showLeaving } from '../respond/leaving.tsx';
import { showConfirmLogout } from './logout-pages.tsx';
import { type SignOutHereNeeds, signOutHere } from './sign-out-here.ts';

export type LogoutNeeds = LogoutRequestNeeds &
  ReadBrowserSessionNeeds &
  SignOutHereNeeds &
  OwnFormNeeds &
  RenderPageNeeds;

/**
 * `/oauth2/logout` (OpenID Connect RP-Initiated Logout §2). Users see its errors, so they are pages.
 */
export function logoutRoutes(): OpenAPIHono<RequestEnv<LogoutNeeds>> {
  const app = new OpenAPIHono<RequestEnv<LogoutNeeds>>();
  app.onError(answerPageError);
  app.use('/logout', navigationsOnly);
  app.get('/logout', (c) => logout(c));
  app.post('/logout', limitForm, (c) => logoutByForm(c));
  app.post('/logout/confirm', limitForm, (c) => confirm(c));
  return app;
}

/**
 * An ID token of this session is proof enough that its user is meant; everybody else is asked. Where nobody
 * is signed in, nobody has asked to be sent on either.
 */
async function logout(c: RequestContext<LogoutNeeds>): Promise<Response> {
  const parameters = Parameters.read(new URL(c.req.url).searchParams);
  const request = await checkedRequest(c, parameters);
  const session = await readBrowserSession(c);
  const isNamed = session !== undefined && request.hint?.sessionId === session.grant.sessionId;
  const after = afterLogout(request);
  if (session === undefined && after && !mayRedirectUnasked(c, after.client)) {
    return showLeaving(c, {
      client: after.client,
      answer: { by: 'url', url: after.redirectTo },
      title: pageText(c).signedOut.title,
    });
  }
  if (session === undefined || isNamed) return signOutHere(c, session, after);
  return showConfirmLogout(c, parameters, request);
}

/**
 * A form that a client's page sends arrives without our cookies (`SameSite=Lax`), so nobody would seem to
 * be signed in. The browser is redirected to the same request, which it sends with its cookies.
 */
async function logoutByForm(c: RequestContext<LogoutNeeds>): Promise<Response> {
  const parameters = logoutParameters(await readForm(c.req.raw));
  return c.redirect(`/oauth2/logout?${new URLSearchParams(parameters).toString()}`, 303);
}

/** The user has agreed on our own page. */
async function confirm(c: RequestContext<LogoutNeeds>): Promise<Response> {
  const { form } = await readOwnForm(c);
  const request = await checkedRequest(c, form);
  return signOutHere(c, await readBrowserSession(c), afterLogout(request));
}

/** @throws {PageError} `logout_refused` */
async function checkedRequest(
  c: RequestContext<LogoutNeeds>,
  parameters: Parameters,
): Promise<LogoutRequest> {
  const request = await readLogoutRequest(parameters, c.var.services);
  if (request.ok) return request.value;
  c.var.log({ event: 'logout.refused', level: 'warn', reason: request.error.reason });
  throw new PageError('logout_refused');
}

const afterLogout = ({ client, redirectTo }: LogoutRequest): AfterLogout | undefined =>
  client === undefined || redirectTo === undefined ? undefined : { client, redirectTo };
