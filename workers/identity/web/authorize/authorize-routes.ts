import { OpenAPIHono } from '@hono/zod-openapi';
import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import { toOAuthError } from '../../oauth/answer-oauth-error.ts';
import { findInteraction } from '../../oauth/authorize/interaction.ts';
import { pushRequest } from '../../oauth/authorize/pushed-requests.ts';
import {
  type AcceptedRequest,
  type ReadRequestNeeds,
  type RefusedRequest,
  readRequest,
} from '../../oauth/authorize/read-request.ts';
import { isRedirectUriOf } from '../../oauth/authorize/redirect-uri.ts';
import { navigationsOnly } from '../../platform/navigation.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { Parameters, readFormWithFaults } from '../../platform/parameters.ts';
import { readBrowserId } from '../../sessions/browser-id.ts';
import { answerPageError, renderErrorPage } from '../kit/error-page.tsx';
import type { RenderPageNeeds } from '../kit/layout.tsx';
import { PageError } from '../kit/page-error.ts';
import { pageText } from '../kit/text.ts';
import { type AnswerErrorNeeds, answerError } from './answer-error.ts';
import { type NextStepNeeds, nextStep } from './next-step.ts';

export type AuthorizeNeeds = ReadRequestNeeds & NextStepNeeds & AnswerErrorNeeds;

/**
 * `/oauth2/authorize`: the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2), and
 * where its pages lead back to. Users see its errors, so they are pages.
 */
export function authorizeRoutes(): OpenAPIHono<RequestEnv<AuthorizeNeeds>> {
  const app = new OpenAPIHono<RequestEnv<AuthorizeNeeds>>();
  app.onError(answerAuthorizeError);
  app.use('/authorize/*', navigationsOnly);
  app.get('/authorize', (c) => authorize(c));
  app.post('/authorize', (c) => authorizeByForm(c));
  app.get('/authorize/resume', (c) => resume(c));
  return app;
}

async function authorize(c: RequestContext<AuthorizeNeeds>): Promise<Response> {
  const query = new URL(c.req.url).searchParams;
  const read = await readRequest(Parameters.readWithFaults(query), c.var.services);
  if (!read.ok) return refuse(c, read.error);
  return stepOrAnswer(c, read.value);
}

/**
 * A form that a client's page sends arrives without our cookies (`SameSite=Lax`), so nobody would seem to
 * be signed in. The checked request is stored, and the browser is redirected to it, with its cookies.
 */
async function authorizeByForm(c: RequestContext<AuthorizeNeeds>): Promise<Response> {
  const { services } = c.var;
  const read = await readRequest(await readFormWithFaults(c.req.raw), services);
  if (!read.ok) return refuse(c, read.error);
  const { request } = read.value;
  const uri = await pushRequest(services.ttlStore(), request, services.clock());
  const query = new URLSearchParams({ client_id: request.clientId, request_uri: uri });
  return c.redirect(`/oauth2/authorize?${query.toString()}`, 303);
}

async function refuse(
  c: RequestContext<AnswerErrorNeeds>,
  { client, error, returnTo }: RefusedRequest,
): Promise<Response> {
  if (client === undefined || returnTo === null) throw error;
  return answerError(c, { client, address: returnTo, error, interaction: null });
}

/** The pages of an interaction send the browser here when they are done. */
async function resume(c: RequestContext<AuthorizeNeeds>): Promise<Response> {
  const { clients, ttlStore } = c.var.services;
  const browser = await readBrowserId(c);
  const id = c.req.query('interaction') ?? '';
  const interaction = browser && (await findInteraction(ttlStore(), id, browser.hash));
  const client = interaction && (await clients.find(interaction.request.clientId));
  if (!client || !isRedirectUriOf(client.redirectUris, interaction.request.redirectUri)) {
    throw new PageError('interaction_over');
  }
  const { request, pushedId = null } = interaction;
  return nextStep(c, { client, request, pushedId, interaction });
}

/**
 * Takes the first step of a request. If a part of the system fails, the client gets an error by redirect
 * (RFC 6749 §4.1.2.1): it may be waiting in a hidden frame, where nobody sees a page.
 *
 * @throws {PageError} `interaction_over` if another browser has just got the code of the same `request_uri`.
 */
async function stepOrAnswer(
  c: RequestContext<AuthorizeNeeds>,
  accepted: AcceptedRequest,
): Promise<Response> {
  const { client, request } = accepted;
  try {
    return await nextStep(c, { ...accepted, interaction: null });
  } catch (thrown) {
    if (thrown instanceof PageError) throw thrown;
    c.var.log({ event: 'authorize.failed', level: 'error', cause: String(thrown) });
    const error = toOAuthError(thrown);
    return answerError(c, { client, address: request, error, interaction: null });
  }
}

/**
 * Shows an error that no redirect URI may learn of (RFC 6749 §4.1.2.1). The text is for the user, the
 * code and its description for the client's developer.
 */
function answerAuthorizeError(error: Error, c: RequestContext<RenderPageNeeds>): Promise<Response> {
  if (!(error instanceof OAuthError) || error.status >= 500) return answerPageError(error, c);
  const { code, options } = error;
  return renderErrorPage(c, {
    ...pageText(c).requestRefused,
    status: 400,
    code: [code, options.description].join(': '),
    correlationId: c.var.correlationId,
  });
}
