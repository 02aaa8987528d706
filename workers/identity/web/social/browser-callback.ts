import { createRoute } from '@hono/zod-openapi';
import type { Context, MiddlewareHandler } from 'hono';
import { Problem } from '../../../../shared/http/problem.ts';
import type { Result } from '../../../../shared/result.ts';
import { json, type Mounting, operation, problems } from '../../../kit/documented.ts';
import { TokenReplySchema } from '../../api/auth/sign-in.ts';
import { ProviderParam, signInToApi } from '../../api/auth/social.ts';
import type { AppEnv, IdentityApp } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { Parameters, readForm } from '../../platform/parameters.ts';
import { requestServices } from '../../platform/request-services.ts';
import { readBrowserId } from '../../sessions/browser-id.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import { faultEvent, faultProblem, type SocialFault } from '../../social/fault.ts';
import { callbackUrl, findProvider } from '../../social/flow/begin-sign-in.ts';
import { type Authenticated, finishSignIn } from '../../social/flow/finish-sign-in.ts';
import {
  openContinuation,
  type ProviderAnswer,
  readAnswer,
  sealContinuation,
} from '../../social/flow/provider-answer.ts';
import { openState, type SocialPurpose, takeState } from '../../social/flow/state.ts';
import {
  linkPendingIdentity,
  storePendingIdentity,
} from '../../social/identities/pending-identity.ts';
import { type Resolution, resolveIdentity } from '../../social/identities/resolve-identity.ts';
import type { Provider } from '../../social/providers/provider.ts';
import { answerPageError } from '../kit/error-page.tsx';
import { findOptionalInteraction } from '../kit/interaction.ts';
import { PageError } from '../kit/page-error.ts';
import { findViewer } from '../kit/viewer.ts';
import { completePath, noticePath, type SocialNoticeKey } from '../sign-in/provider-links.tsx';
import { continueAfterSignIn } from '../sign-in/sign-in.tsx';
import { signInHere } from '../sign-in/sign-in-here.ts';

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

export type OnPage = {
  readonly provider: Provider;
  readonly purpose: Exclude<SocialPurpose, { readonly kind: 'api' }>;
  readonly finished: Result<Authenticated, SocialFault>;
};

/** What a page of ours began at a provider comes to its end. */
async function finishOnPage(
  c: Context<AppEnv>,
  { provider, purpose, finished }: OnPage,
): Promise<Response> {
  if (purpose.kind === 'link') return finishLink(c, provider, purpose, finished);
  const { interaction } = purpose;
  if (!finished.ok) {
    return c.redirect(noticePath(NOTICES[finished.error.reason], provider.id, interaction), 303);
  }
  const arrived = { ...finished.value, provider, linkTo: undefined };
  const resolution = await resolveIdentity(arrived, requestServices(c));
  return answerResolution(c, { provider, interaction, ...finished.value }, resolution);
}

export type Settling = Pick<Authenticated, 'profile'> & {
  readonly provider: Provider;
  readonly interaction: string | null;
};

/** Signs in who was found, or sees to what is missing. */
export async function answerResolution(
  c: Context<AppEnv>,
  { provider, interaction, profile }: Settling,
  resolution: Resolution,
): Promise<Response> {
  if (resolution.act === 'signed_in') return enter(c, interaction, resolution.account);
  if (resolution.act === 'refuse') {
    return c.redirect(noticePath('failed', provider.id, interaction), 303);
  }
  const pending = { provider: provider.id, profile, interaction };
  if (resolution.act === 'ask_email') {
    await storePendingIdentity(c, { ...pending, missing: 'email', accountId: null });
    return c.redirect(completePath, 303);
  }
  await storePendingIdentity(c, { ...pending, missing: 'proof', accountId: resolution.account.id });
  return c.redirect(noticePath('proof', provider.id, interaction), 303);
}

type Account = Extract<Resolution, { readonly act: 'signed_in' }>['account'];

async function enter(
  c: Context<AppEnv>,
  interaction: string | null,
  account: Account,
): Promise<Response> {
  const browser = await readBrowserId(c);
  const waiting = browser && (await findOptionalInteraction(c, interaction ?? undefined, browser));
  await signInHere(c, account, SIGN_IN_METHODS.federated);
  await linkPendingIdentity(c, account);
  return continueAfterSignIn(c, waiting, account);
}

/** The account page asked to link an identity to who is signed in. */
async function finishLink(
  c: Context<AppEnv>,
  provider: Provider,
  { accountId }: Extract<SocialPurpose, { readonly kind: 'link' }>,
  finished: OnPage['finished'],
): Promise<Response> {
  const viewer = await findViewer(c);
  if (viewer?.account.id !== accountId) throw new PageError('interaction_over');
  if (!finished.ok) return c.redirect(`/account?problem=${NOTICES[finished.error.reason]}`, 303);
  const arrived = { ...finished.value, provider, linkTo: viewer.account };
  const { act } = await resolveIdentity(arrived, requestServices(c));
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
