import { createRoute } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';

import { Problem } from '../../../../shared/http/problem.ts';
import type { AppEnv, IdentityApp } from '../../context.ts';
import { OAuthError } from '../../oauth/oauth-error.ts';
import { Parameters, readForm } from '../../oauth/parameters.ts';
import { answerPageError } from '../../pages/errors/answer-page-error.ts';
import { PageError } from '../../pages/errors/page-error.ts';
import { finishOnPage } from '../../pages/social/finish-on-page.ts';
import { json, type Mounting, operation, problems } from '../../routes/documented.ts';
import { TokenReplySchema } from '../../routes/replies.ts';
import { requestOrigin } from '../../sign-in/request-origin.ts';
import { callbackUrl } from '../flow/callback-url.ts';
import { findProvider } from '../flow/find-provider.ts';
import { finishSignIn } from '../flow/finish-sign-in.ts';
import { type ProviderAnswer, readAnswer } from '../flow/provider-answer.ts';
import { takeState } from '../flow/take-state.ts';
import { requestServices } from '../request-services.ts';
import { faultEvent, faultProblem } from '../social-problem.ts';
import { openContinuation, sealContinuation } from '../state/continuation.ts';
import { openState } from '../state/social-state.ts';
import { signInToApi } from './sign-in-to-api.ts';
import { ProviderParam } from './social-bodies.ts';

/** Where providers send browsers back to. */
export function addBrowserCallback(app: IdentityApp, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'socialReturn'),
    method: 'get',
    path: '/oauth/{provider}/callback',
    summary: 'Where a provider sends the browser back to',
    request: { params: ProviderParam },
    responses: {
      200: json(TokenReplySchema, 'Signed in, where a client began it.'),
      303: { description: 'To the page that goes on, where a page began it.' },
      ...problems(
        'SOCIAL_PROVIDER_UNKNOWN',
        'SOCIAL_STATE_INVALID',
        'SOCIAL_SIGN_IN_FAILED',
        'SOCIAL_PROVIDER_UNAVAILABLE',
        'ACCOUNT_EMAIL_REQUIRED',
        'ACCOUNT_LINK_REQUIRED',
        'TOKEN_KMS_ERROR',
      ),
    },
  });
  app.openapi(route, (c) => asPageOr(c, () => takeAnswer(c)));
  app.post('/oauth/:provider/callback', passForm);
}

/** `GET /oauth/{provider}/callback` */
async function takeAnswer(c: Context<AppEnv>): Promise<Response> {
  const services = requestServices(c);
  const provider = findProvider(c.req.param('provider') ?? '', services);
  const answer = await readReturned(c);
  const state = await takeState(c, provider, answer);
  const finished = await finishSignIn(provider, answer, state, services);
  if (!finished.ok) services.log(faultEvent(provider.id, finished.error));
  if (state.purpose.kind !== 'api') {
    return finishOnPage(c, { provider, purpose: state.purpose, finished });
  }
  if (!finished.ok) throw faultProblem(finished.error);
  const origin = requestOrigin(c.req.raw.headers);
  const signIn = { ...finished.value, provider, email: undefined, origin, device: {} };
  return c.json(await signInToApi(signIn, services));
}

/** What the browser brings in its URL, or what it was sent on with. */
async function readReturned(c: Context<AppEnv>): Promise<ProviderAnswer> {
  const parameters = parametersOf(new URL(c.req.url).searchParams);
  const continuation = parameters.get('continuation');
  if (continuation === undefined) return readAnswer(parameters);
  const answer = await openContinuation(continuation, c.var.services);
  if (answer === undefined) throw new Problem('SOCIAL_STATE_INVALID');
  return answer;
}

/** A repeated parameter is nobody's answer (RFC 6749 §3.1). */
function parametersOf(query: URLSearchParams): Parameters {
  try {
    return Parameters.read(query);
  } catch (error) {
    if (error instanceof OAuthError) throw new Problem('SOCIAL_STATE_INVALID', { cause: error });
    throw error;
  }
}

/** `POST` of a form (OAuth 2.0 Form Post Response Mode). JSON is somebody else's. */
const passForm: MiddlewareHandler<AppEnv> = async (c, next) => {
  const type = c.req.header('content-type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return next();
  return asPageOr(c, () => sendOn(c));
};

/** Sends the browser to ourselves, where its cookies come along. */
async function sendOn(c: Context<AppEnv>): Promise<Response> {
  const { services } = c.var;
  const provider = findProvider(c.req.param('provider') ?? '', services);
  const isExpected = provider.kind === 'oidc' && provider.responseMode === 'form_post';
  if (!isExpected) throw new Problem('SOCIAL_STATE_INVALID');
  const answer = readAnswer(await readForm(c.req.raw));
  const state = await openState(answer.state ?? '', provider.id, services);
  if (state === undefined) throw new Problem('SOCIAL_STATE_INVALID');
  const continuation = await sealContinuation(answer, services);
  const { pathname } = new URL(callbackUrl(services.config, provider.id));
  return c.redirect(`${pathname}?continuation=${continuation}`, 303);
}

/** A person sees a page where something is wrong, a client a problem. */
async function asPageOr(c: Context<AppEnv>, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    const isPerson = (c.req.header('accept') ?? '').includes('text/html');
    if (!(error instanceof PageError || (isPerson && error instanceof Error))) throw error;
    return answerPageError(c.var.services.log)(error, c);
  }
}
