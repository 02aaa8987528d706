import { OpenAPIHono } from '@hono/zod-openapi';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import {
  type AfterLogout,
  type LogoutRequest,
  type LogoutRequestNeeds,
  readLogoutRequest,
} from '../../oauth/logout/logout-request.ts';
import {
  type FindPostedLogoutNeeds,
  findPostedLogout,
  POSTED_LOGOUT,
  savePostedLogout,
} from '../../oauth/logout/posted-logouts.ts';
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
  FindPostedLogoutNeeds &
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
  const request = await requestOf(c, parameters);
  const session = await readBrowserSession(c);
  const isNamed = session !== undefined && request.sessionId === session.grant.sessionId;
  const after = afterLogout(request);
  if (session === undefined && after && !mayRedirectUnasked(c, after.client)) {
    return showLeaving(c, {
      client: after.client,
      answer: { by: 'url', url: after.redirectTo },
      title: pageText(c).signedOut.title,
    });
  }
  if (session === undefined || isNamed) {
    return signOutHere(c, { session, after, isAfterForm: false });
  }
  return showConfirmLogout(c, parameters, request);
}

/**
 * A form that a client's page sends arrives without our cookies (`SameSite=Lax`), so nobody would seem to
 * be signed in. The checked request is stored, and the browser is redirected to it, with its cookies.
 */
async function logoutByForm(c: RequestContext<LogoutNeeds>): Promise<Response> {
  const request = await checkedRequest(c, await readForm(c.req.raw));
  const name = await orUnavailable('the logout requests', async () =>
    savePostedLogout(c.var.services.ttlStore(), request),
  );
  return c.redirect(`/oauth2/logout?${POSTED_LOGOUT}=${name}`, 303);
}

/** The user has agreed on our own page. */
async function confirm(c: RequestContext<LogoutNeeds>): Promise<Response> {
  const { form } = await readOwnForm(c);
  const after = afterLogout(await requestOf(c, form));
  return signOutHere(c, { session: await readBrowserSession(c), after, isAfterForm: true });
}

/** @throws {PageError} `logout_refused`, `interaction_over` */
async function requestOf(
  c: RequestContext<LogoutNeeds>,
  parameters: Parameters,
): Promise<LogoutRequest> {
  const name = parameters.get(POSTED_LOGOUT);
  if (name === undefined) return checkedRequest(c, parameters);
  const posted = await orUnavailable('the logout requests', async () =>
    findPostedLogout(name, c.var.services),
  );
  if (posted === undefined) throw new PageError('interaction_over');
  return posted;
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
