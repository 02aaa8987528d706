import type { Context } from 'hono';

import { parseEmailAddress } from '../../accounts/email-address.ts';
import { type BrowserId, ensureBrowserId } from '../../browser/browser-id.ts';
import { csrfToken } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import { clientName } from '../interaction/client-name.ts';
import { findAnyWaiting, type Waiting } from '../interaction/waiting.ts';
import { socialNotice } from '../social/social-notice.ts';
import { findViewer, type Viewer } from '../viewer.ts';
import { ChooseAccountPage } from './choose-account-page.tsx';
import { mayGoOn } from './may-go-on.ts';
import type { SignInFaults } from './sign-in-form.ts';
import { SignInPage } from './sign-in-page.tsx';
import type { PasswordRefusal } from './try-password.ts';

/** `GET /sign-in?interaction=&account=other&notice=&provider=` */
export async function showSignIn(c: Context<AppEnv>): Promise<Response> {
  const browser = await ensureBrowserId(c);
  const waiting = await findAnyWaiting(c, c.req.query('interaction'), browser);
  const viewer = await findViewer(c);
  if (viewer === undefined) {
    return renderSignIn(c, { browser, waiting, email: hintOf(waiting), isAgain: false });
  }
  if (c.req.query('account') === 'other') {
    return renderSignIn(c, { browser, waiting, email: '', isAgain: false });
  }
  if (waiting === undefined) return c.redirect('/account', 303);
  const { request } = waiting.interaction;
  if (mayGoOn(request, viewer.session.grant, c.var.services.clock())) {
    return renderChoice(c, browser, waiting, viewer);
  }
  return renderSignIn(c, { browser, waiting, email: viewer.account.email, isAgain: true });
}

/** The client's guess, as far as it is an address (OpenID Connect Core §3.1.2.1, `login_hint`). */
function hintOf(waiting: Waiting | undefined): string {
  const hint = waiting?.interaction.request.loginHint ?? '';
  return parseEmailAddress(hint)?.display ?? '';
}

async function renderChoice(
  c: Context<AppEnv>,
  browser: BrowserId,
  { interaction, client }: Waiting,
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
  readonly waiting: Waiting | undefined;
  readonly email: string;
  readonly isAgain: boolean;
  readonly faults?: SignInFaults;
  readonly refusal?: PasswordRefusal;
};

export async function renderSignIn(c: Context<AppEnv>, state: SignInState): Promise<Response> {
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
        providers={c.var.services.socialProviders}
      />
    ),
  });
}

function refusalStatus({ faults, refusal }: SignInState) {
  if (refusal?.reason === 'locked') return { status: 429, retryAfter: refusal.retryAfter } as const;
  if (refusal !== undefined) return { status: 401 } as const;
  return { status: faults === undefined ? 200 : 400 } as const;
}
