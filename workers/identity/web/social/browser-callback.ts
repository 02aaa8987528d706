import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { Problem } from '../../../../shared/http/problem.ts';
import type { Result } from '../../../../shared/result.ts';
import { json, type Mounting, operation, problems } from '../../../kit/documented.ts';
import { type RequestContext, type RequestEnv, requestServices } from '../../../kit/request.ts';
import { TokenReplySchema } from '../../api/auth/sign-in.ts';
import { ProviderParam, type SignInToApiNeeds, signInToApi } from '../../api/auth/social.ts';
import { navigationsOnly } from '../../platform/navigation.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { Parameters, readForm } from '../../platform/parameters.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import { faultEvent, faultProblem, type SocialFault } from '../../social/fault.ts';
import {
  callbackUrl,
  type FindProviderNeeds,
  findProvider,
} from '../../social/flow/begin-sign-in.ts';
import {
  type Authenticated,
  type FinishSignInNeeds,
  finishSignIn,
} from '../../social/flow/finish-sign-in.ts';
import {
  type ContinuationNeeds,
  openContinuation,
  type ProviderAnswer,
  readAnswer,
  sealContinuation,
} from '../../social/flow/provider-answer.ts';
import {
  type OpenStateNeeds,
  openState,
  type SocialPurpose,
  type TakeStateNeeds,
  takeState,
} from '../../social/flow/state.ts';
import {
  type ResolveIdentityNeeds,
  resolveIdentity,
} from '../../social/identities/resolve-identity.ts';
import type { Provider } from '../../social/providers/provider.ts';
import { answerPageError } from '../kit/error-page.tsx';
import type { RenderPageNeeds } from '../kit/layout.tsx';
import { PageError } from '../kit/page-error.ts';
import { findViewer, type ViewerNeeds } from '../kit/viewer.ts';
import { noticePath, type SocialNoticeKey } from '../sign-in/social-notice.ts';
import { type AnswerResolutionNeeds, answerResolution } from './answer-resolution.ts';

export type BrowserCallbackNeeds = RenderPageNeeds & AnswerCallbackNeeds & RedirectFormNeeds;

type BrowserCallbackApi = OpenAPIHono<RequestEnv<BrowserCallbackNeeds>>;

/** Providers add parameters of their own to an answer (RFC 6749 §4.1.2: ignore them). */
const AnswerQuery = z.looseObject({});

/** The routes that providers send browsers back to. */
export function browserCallbackRoutes(mounting: Mounting): BrowserCallbackApi {
  const app: BrowserCallbackApi = new OpenAPIHono();
  const route = createRoute({
    ...operation(mounting, 'socialReturn'),
    method: 'get',
    path: '/oauth/{provider}/callback',
    summary: 'Where a provider sends the browser back to',
    request: { params: ProviderParam, query: AnswerQuery },
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
  app.use('/oauth/:provider/callback', navigationsOnly);
  app.openapi(route, (c) => withErrorPage(c, () => answerCallback(c)));
  app.post('/oauth/:provider/callback', acceptForm);
  return app;
}

type AnswerCallbackNeeds = FindProviderNeeds &
  ContinuationNeeds &
  TakeStateNeeds &
  FinishSignInNeeds &
  SignInToApiNeeds &
  FinishOnPageNeeds;

/** `GET /oauth/{provider}/callback` */
async function answerCallback(c: RequestContext<AnswerCallbackNeeds>): Promise<Response> {
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

/** The answer is in the URL, or sealed in the URL by {@link redirectForm}. */
async function readReturned(c: RequestContext<ContinuationNeeds>): Promise<ProviderAnswer> {
  const parameters = parametersOf(new URL(c.req.url).searchParams);
  const continuation = parameters.get('continuation');
  if (continuation === undefined) return readAnswer(parameters);
  const answer = await openContinuation(continuation, c.var.services);
  if (answer === undefined) throw new Problem('SOCIAL_STATE_INVALID');
  return answer;
}

/** No provider repeats a parameter (RFC 6749 §3.1). */
function parametersOf(query: URLSearchParams): Parameters {
  try {
    return Parameters.read(query);
  } catch (error) {
    if (error instanceof OAuthError) throw new Problem('SOCIAL_STATE_INVALID', { cause: error });
    throw error;
  }
}

/** `POST` of a form (OAuth 2.0 Form Post Response Mode). The API's route answers JSON at the same path. */
const acceptForm: MiddlewareHandler<RequestEnv<BrowserCallbackNeeds>> = async (c, next) => {
  const type = c.req.header('content-type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) return next();
  return withErrorPage(c, () => redirectForm(c));
};

type RedirectFormNeeds = FindProviderNeeds &
  OpenStateNeeds &
  ContinuationNeeds & { readonly config: { readonly issuer: string } };

/** Redirects the browser to ourselves with the answer, because only then it sends its cookies along. */
async function redirectForm(c: RequestContext<RedirectFormNeeds>): Promise<Response> {
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

/** Where something is wrong, a person sees a page, and a client gets a problem document. */
async function withErrorPage(
  c: RequestContext<RenderPageNeeds>,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    const isPerson = (c.req.header('accept') ?? '').includes('text/html');
    if (!(error instanceof PageError || (isPerson && error instanceof Error))) throw error;
    return answerPageError(error, c);
  }
}

type FinishedOnPage = {
  readonly provider: Provider;
  readonly purpose: Exclude<SocialPurpose, { readonly kind: 'api' }>;
  readonly finished: Result<Authenticated, SocialFault>;
};

type FinishOnPageNeeds = FinishLinkNeeds & AnswerResolutionNeeds;

/** Ends a sign-in, or the linking of an identity, that a page of ours began. */
async function finishOnPage(
  c: RequestContext<FinishOnPageNeeds>,
  { provider, purpose, finished }: FinishedOnPage,
): Promise<Response> {
  if (purpose.kind === 'link') return finishLink(c, provider, purpose, finished);
  const { interaction } = purpose;
  if (!finished.ok) {
    return c.redirect(noticePath(NOTICES[finished.error.reason], provider.id, interaction), 303);
  }
  const proven = { ...finished.value, provider, linkTo: undefined };
  const resolution = await resolveIdentity(proven, requestServices(c));
  return answerResolution(c, { provider, interaction, ...finished.value }, resolution);
}

type FinishLinkNeeds = ViewerNeeds & ResolveIdentityNeeds;

/** Links an identity to the account that is signed in. */
async function finishLink(
  c: RequestContext<FinishLinkNeeds>,
  provider: Provider,
  { accountId }: Extract<SocialPurpose, { readonly kind: 'link' }>,
  finished: FinishedOnPage['finished'],
): Promise<Response> {
  const viewer = await findViewer(c);
  if (viewer?.account.id !== accountId) throw new PageError('interaction_over');
  if (!finished.ok) return c.redirect(`/account?problem=${NOTICES[finished.error.reason]}`, 303);
  const proven = { ...finished.value, provider, linkTo: viewer.account };
  const { act } = await resolveIdentity(proven, requestServices(c));
  return c.redirect(
    act === 'signed_in' ? '/account?done=linked' : '/account?problem=elsewhere',
    303,
  );
}

const NOTICES = {
  provider_unavailable: 'unavailable',
  denied: 'denied',
  provider_refused: 'failed',
  answer_invalid: 'failed',
  banned: 'banned',
} as const satisfies Record<SocialFault['reason'], SocialNoticeKey>;
