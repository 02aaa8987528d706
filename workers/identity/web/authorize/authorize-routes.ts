import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Log } from '../../../../shared/telemetry/log.ts';
import type { AppEnv, IdentityApp } from '../../context.ts';
import { toOAuthError } from '../../oauth/answer-oauth-error.ts';
import { findInteraction } from '../../oauth/authorize/interaction.ts';
import { pushRequest } from '../../oauth/authorize/pushed-requests.ts';
import {
  type AcceptedRequest,
  type RefusedRequest,
  readRequest,
} from '../../oauth/authorize/read-request.ts';
import { isRedirectUriOf } from '../../oauth/authorize/redirect-uri.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { Parameters, readForm } from '../../platform/parameters.ts';
import { readBrowserId } from '../../sessions/browser-id.ts';
import { answerPageError, renderErrorPage } from '../kit/error-page.tsx';
import { PageError } from '../kit/page-error.ts';
import { pageText } from '../kit/text.ts';
import { respondWithError } from '../respond/respond.ts';
import { nextStep } from './next-step.ts';

/**
 * `/oauth2/authorize`: the authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2), and
 * where its pages lead back to. A browser is here, so errors are pages.
 */
export function authorizeRoutes(log: Log): IdentityApp {
  const app = new OpenAPIHono<AppEnv>();
  app.onError(answerAuthorizeError(log));
  app.get('/authorize', (c) => authorize(c, new URL(c.req.url).searchParams));
  app.post('/authorize', (c) => receive(c));
  app.get('/authorize/resume', (c) => resume(c));
  return app;
}

async function authorize(c: Context<AppEnv>, query: URLSearchParams): Promise<Response> {
  const read = await readRequest(Parameters.read(query), c.var.services);
  if (!read.ok) return refuse(c, read.error);
  return stepOrAnswer(c, read.value);
}

/**
 * A form that a client's page sends arrives without our cookies (`SameSite=Lax`), so whoever is signed
 * in would seem not to be. The checked request is kept, and the browser comes back for it.
 */
async function receive(c: Context<AppEnv>): Promise<Response> {
  const { services } = c.var;
  const read = await readRequest(await readForm(c.req.raw), services);
  if (!read.ok) return refuse(c, read.error);
  const { request } = read.value;
  const uri = await pushRequest(services.ttlStore(), request, services.clock());
  const query = new URLSearchParams({ client_id: request.clientId, request_uri: uri });
  return c.redirect(`/oauth2/authorize?${query.toString()}`, 303);
}

async function refuse(c: Context<AppEnv>, refused: RefusedRequest): Promise<Response> {
  const { client, error, returnTo } = refused;
  if (client === undefined || returnTo === null) throw error;
  return respondWithError(returnTo, error, client, c.var.services);
}

async function resume(c: Context<AppEnv>): Promise<Response> {
  const { clients, ttlStore } = c.var.services;
  const browser = await readBrowserId(c);
  const id = c.req.query('interaction') ?? '';
  const interaction = browser && (await findInteraction(ttlStore(), id, browser.hash));
  const client = interaction && (await clients.find(interaction.request.clientId));
  if (!client || !isRedirectUriOf(client.redirectUris, interaction.request.redirectUri)) {
    throw new PageError('interaction_over');
  }
  return nextStep(c, { client, request: interaction.request, interaction });
}

/**
 * Takes the first step of a request. If a part of the system fails, the client is told, as a status
 * code cannot tell it (RFC 6749 §4.1.2.1): it may be waiting in a frame that nobody sees.
 */
async function stepOrAnswer(
  c: Context<AppEnv>,
  { client, request }: AcceptedRequest,
): Promise<Response> {
  try {
    return await nextStep(c, { client, request, interaction: null });
  } catch (thrown) {
    const error = toOAuthError(thrown);
    const { services, correlationId } = c.var;
    services.log({
      event: 'authorize.failed',
      level: 'error',
      correlationId,
      cause: String(thrown),
    });
    return respondWithError(request, error, client, services);
  }
}

/**
 * Shows an error that no redirect URI may learn of (RFC 6749 §4.1.2.1). The text is for the user, the
 * code and its description for the client's developer.
 */
const answerAuthorizeError =
  (log: Log) =>
  (error: Error, c: Context<AppEnv>): Promise<Response> => {
    if (!(error instanceof OAuthError) || error.status >= 500) {
      return answerPageError(log)(error, c);
    }
    const { code, options } = error;
    return renderErrorPage(c, {
      ...pageText(c).requestRefused,
      status: 400,
      code: [code, options.description].join(': '),
      correlationId: c.var.correlationId,
    });
  };
