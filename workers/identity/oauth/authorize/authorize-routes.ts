import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

import type { Log } from '../../../../shared/telemetry/log.ts';
import { readBrowserId } from '../../browser/browser-id.ts';
import type { AppEnv, IdentityApp } from '../../context.ts';
import { PageError } from '../../pages/errors/page-error.ts';
import { findInteraction } from '../interactions/interaction.ts';
import { pushRequest } from '../par/pushed-requests.ts';
import { Parameters, readForm } from '../parameters.ts';
import { respondWithError } from '../respond/respond.ts';
import { answerAuthorizeError } from './answer-authorize-error.ts';
import { nextStep } from './next-step.ts';
import { type RefusedRequest, readRequest } from './read-request.ts';
import { isRedirectUriOf } from './redirect-uri.ts';
import { stepOrAnswer } from './step-or-answer.ts';

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
