import type { Context } from 'hono';
import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import { type Account, parseEmailAddress } from '../../accounts/account.ts';
import {
  checkPassword,
  type PasswordRefusal,
  recordPasswordSignIn,
} from '../../accounts/check-password.ts';
import type { AppEnv, Services } from '../../context.ts';
import type { AuthorizationRequest } from '../../oauth/authorize/authorization-request.ts';
import { pagePath, signedIn } from '../../oauth/authorize/interaction.ts';
import { type BrowserId, ensureBrowserId } from '../../sessions/browser-id.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import { linkPendingIdentity } from '../../social/identities/pending-identity.ts';
import {
  clientName,
  findOptionalInteraction,
  findPendingInteraction,
  type PendingInteraction,
  resumeInteraction,
} from '../kit/interaction.ts';
import { renderPage } from '../kit/layout.tsx';
import { csrfToken, readOwnForm } from '../kit/own-form.ts';
import { takeReturnTarget } from '../kit/return-target.ts';
import { pageText } from '../kit/text.ts';
import { findViewer, type Viewer } from '../kit/viewer.ts';
import { socialNotice } from './provider-links.tsx';
import { signInHere } from './sign-in-here.ts';
import { ChooseAccountPage, readSignIn, type SignInFaults, SignInPage } from './sign-in-page.tsx';

/** `GET /sign-in?interaction=&account=other&notice=&provider=` */
export async function showSignIn(c: Context<AppEnv>): Promise<Response> {
  const browser = await ensureBrowserId(c);
  const waiting = await findOptionalInteraction(c, c.req.query('interaction'), browser);
  const viewer = await findViewer(c);
  if (viewer === undefined) {
    return renderSignIn(c, { browser, waiting, email: hintOf(waiting), isAgain: false });
  }
  if (c.req.query('account') === 'other') {
    return renderSignIn(c, { browser, waiting, email: '', isAgain: false });
  }
  if (waiting === undefined) return c.redirect('/account', 303);
  const { request } = waiting.interaction;
  if (mayContinueSignedIn(request, viewer.session.grant, c.var.services.clock())) {
    return renderChoice(c, browser, waiting, viewer);
  }
  return renderSignIn(c, { browser, waiting, email: viewer.account.email, isAgain: true });
}

/** The client's guess, as far as it is an address (OpenID Connect Core §3.1.2.1, `login_hint`). */
function hintOf(waiting: PendingInteraction | undefined): string {
  const hint = waiting?.interaction.request.loginHint ?? '';
  return parseEmailAddress(hint)?.display ?? '';
}

async function renderChoice(
  c: Context<AppEnv>,
  browser: BrowserId,
  { interaction, client }: PendingInteraction,
  { account }: Viewer,
): Promise<Response> {
  const text = pageText(c, interaction);
  const csrf = await csrfToken(browser);
  return renderPage(c, {
    text,
    title: text.chooseAccount.title,
    redirectUri: interaction.request.redirectUri,
    content: (
      <ChooseAccountPage
        text={text}
        csrf={csrf}
        interaction={interaction.id}
        client={clientName(client)}
        account={account}
      />
    ),
  });
}

export type SignInState = {
  readonly browser: BrowserId;
  readonly waiting: PendingInteraction | undefined;
  readonly email: string;
  readonly isAgain: boolean;
  readonly faults?: SignInFaults;
  readonly refusal?: PasswordRefusal;
};

async function renderSignIn(c: Context<AppEnv>, state: SignInState): Promise<Response> {
  const { browser, waiting, email, isAgain, faults, refusal } = state;
  const text = pageText(c, waiting?.interaction);
  const csrf = await csrfToken(browser);
  const notice = await socialNotice(c, text);
  return renderPage(c, {
    text,
    title: text.signIn.title,
    redirectUri: waiting?.interaction.request.redirectUri,
    ...refusalStatus(state),
    content: (
      <SignInPage
        text={text}
        csrf={csrf}
        interaction={waiting?.interaction.id}
        client={waiting && clientName(waiting.client)}
        email={notice?.email ?? email}
        isAgain={isAgain}
        faults={faults}
        refusal={refusal && text.refusal(refusal)}
        notice={notice?.message}
        providers={c.var.services.config.social.providers}
      />
    ),
  });
}

function refusalStatus({ faults, refusal }: SignInState) {
  if (refusal?.reason === 'locked') return { status: 429, retryAfter: refusal.retryAfter } as const;
  if (refusal !== undefined) return { status: 401 } as const;
  return { status: faults === undefined ? 200 : 400 } as const;
}

/** `POST /sign-in` */
export async function signIn(c: Context<AppEnv>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findOptionalInteraction(c, form.get('interaction'), browser);
  const state = { browser, waiting, email: form.get('email') ?? '', isAgain: false };
  const entered = readSignIn(form);
  if (!entered.ok) return renderSignIn(c, { ...state, faults: entered.error });

  const { services, correlationId } = c.var;
  const log: Services['log'] = (event) => services.log({ ...event, correlationId });
  const { ipAddress } = requestOrigin(c.req.raw.headers);
  const attempt = { ...entered.value, ipAddress, device: {} };
  const checked = await checkPassword(attempt, { ...services, log });
  if (!checked.ok) return renderSignIn(c, { ...state, refusal: checked.error });

  await signInHere(c, checked.value.account, SIGN_IN_METHODS.password);
  await linkPendingIdentity(c, checked.value.account);
  const { password } = entered.value;
  c.executionCtx.waitUntil(recordPasswordSignIn(checked.value, password, { ...services, log }));
  return continueAfterSignIn(c, waiting, checked.value.account);
}

/** `POST /sign-in/continue`: goes on as who is signed in, if that is who the page showed. */
export async function continueSignedIn(c: Context<AppEnv>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findPendingInteraction(c, form.get('interaction') ?? '', browser);
  const viewer = await findViewer(c);
  const { interaction } = waiting;
  const isShown = viewer !== undefined && viewer.account.id === form.get('account');
  if (
    !isShown ||
    !mayContinueSignedIn(interaction.request, viewer.session.grant, c.var.services.clock())
  ) {
    return c.redirect(pagePath('sign_in', interaction.id), 303);
  }
  return continueAfterSignIn(c, waiting, viewer.account);
}

/** Leaves for the client that waits, else for the page that sent the browser, else for the account. */
export async function continueAfterSignIn(
  c: Context<AppEnv>,
  waiting: PendingInteraction | undefined,
  { id }: Pick<Account, 'id'>,
): Promise<Response> {
  if (waiting === undefined) return c.redirect(takeReturnTarget(c) ?? '/account', 303);
  return resumeInteraction(c, signedIn(waiting.interaction, id, c.var.services.clock()));
}

/**
 * Whether who is signed in may go on without proving again who they are (OpenID Connect Core
 * §3.1.2.1, `prompt` and `max_age`). Where the client names a subject, the authorization endpoint
 * sends here only those who are somebody else.
 */
function mayContinueSignedIn(
  { prompts, maxAge, requiredSubject }: AuthorizationRequest,
  { authTime }: Pick<SessionGrant, 'authTime'>,
  now: Millis,
): boolean {
  if (prompts.includes('login') || requiredSubject !== null) return false;
  return maxAge === null || now <= authTime + seconds(maxAge);
}
