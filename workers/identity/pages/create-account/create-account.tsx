import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import { parseEmailAddress } from '../../accounts/email-address.ts';
import { registerAccount } from '../../accounts/register-account.ts';
import { type BrowserId, ensureBrowserId } from '../../browser/browser-id.ts';
import { csrfToken } from '../../browser/csrf.ts';
import type { AppEnv, Services } from '../../context.ts';
import { SIGN_IN_METHODS } from '../../sign-in/sign-in-method.ts';
import { readOwnForm } from '../forms/own-form.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import { clientName } from '../interaction/client-name.ts';
import { findAnyWaiting, type Waiting } from '../interaction/waiting.ts';
import { leaveSignedIn } from '../sign-in/sign-in.ts';
import { signInHere } from '../sign-in/sign-in-here.ts';
import { type CreateAccountFaults, readCreateAccount } from './create-account-form.ts';
import { CreateAccountPage } from './create-account-page.tsx';

/** `GET /create-account?interaction=` */
export async function showCreateAccount(c: Context<AppEnv>): Promise<Response> {
  const browser = await ensureBrowserId(c);
  const waiting = await findAnyWaiting(c, c.req.query('interaction'), browser);
  const email = parseEmailAddress(waiting?.interaction.request.loginHint ?? '')?.display ?? '';
  return render(c, { browser, waiting, email, displayName: '' });
}

/** `POST /create-account` */
export async function createAccount(c: Context<AppEnv>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findAnyWaiting(c, form.get('interaction'), browser);
  const email = form.get('email') ?? '';
  const state = { browser, waiting, email, displayName: form.get('display_name') ?? '' };
  const entered = readCreateAccount(form);
  if (!entered.ok) return render(c, { ...state, faults: entered.error, status: 400 });

  const { services, correlationId } = c.var;
  const log: Services['log'] = (event) => services.log({ ...event, correlationId });
  const created = await registerAccount({ ...entered.value, username: null }, { ...services, log });
  if (!created.ok) return render(c, { ...state, faults: { email: 'email_taken' }, status: 409 });
  await signInHere(c, created.value, SIGN_IN_METHODS.password);
  return leaveSignedIn(c, waiting, created.value);
}

type State = {
  readonly browser: BrowserId;
  readonly waiting: Waiting | undefined;
  readonly email: string;
  readonly displayName: string;
  readonly faults?: CreateAccountFaults;
  readonly status?: ContentfulStatusCode;
};

async function render(c: Context<AppEnv>, state: State): Promise<Response> {
  const { browser, waiting, email, displayName, faults = {}, status } = state;
  const text = pageText(c, waiting?.interaction);
  const csrf = await csrfToken(browser);
  return renderPage(c, {
    text,
    title: text.createAccount.title,
    redirectUri: waiting?.interaction.request.redirectUri,
    status,
    content: (
      <CreateAccountPage
        text={text}
        csrf={csrf}
        interaction={waiting?.interaction.id}
        client={waiting && clientName(waiting.client)}
        email={email}
        displayName={displayName}
        faults={faults}
        providers={c.var.services.socialProviders}
      />
    ),
  });
}
