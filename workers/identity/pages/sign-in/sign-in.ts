import type { Context } from 'hono';
import type { Account } from '../../accounts/account.ts';
import type { AppEnv, Services } from '../../context.ts';
import { pagePath } from '../../oauth/interactions/interaction-paths.ts';
import { signedIn } from '../../oauth/interactions/transitions.ts';
import { afterSignIn } from '../../sign-in/after-sign-in.ts';
import { requestOrigin } from '../../sign-in/request-origin.ts';
import { SIGN_IN_METHODS } from '../../sign-in/sign-in-method.ts';
import { linkPending } from '../../social/pending/link-pending.ts';
import { readOwnForm } from '../forms/own-form.ts';
import { goOn } from '../interaction/go-on.ts';
import { findAnyWaiting, findWaiting, type Waiting } from '../interaction/waiting.ts';
import { takeReturnTarget } from '../return/return-target.ts';
import { findViewer } from '../viewer.ts';
import { mayGoOn } from './may-go-on.ts';
import { renderSignIn } from './show-sign-in.tsx';
import { readSignIn } from './sign-in-form.ts';
import { signInHere } from './sign-in-here.ts';
import { tryPassword } from './try-password.ts';

/** `POST /sign-in` */
export async function signIn(c: Context<AppEnv>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findAnyWaiting(c, form.get('interaction'), browser);
  const state = { browser, waiting, email: form.get('email') ?? '', isAgain: false };
  const entered = readSignIn(form);
  if (!entered.ok) return renderSignIn(c, { ...state, faults: entered.error });

  const { services, correlationId } = c.var;
  const log: Services['log'] = (event) => services.log({ ...event, correlationId });
  const { ipAddress } = requestOrigin(c.req.raw.headers);
  const attempt = { ...entered.value, ipAddress, device: {} };
  const checked = await tryPassword(attempt, { ...services, log });
  if (!checked.ok) return renderSignIn(c, { ...state, refusal: checked.error });

  await signInHere(c, checked.value.account, SIGN_IN_METHODS.password);
  await linkPending(c, checked.value.account);
  const { password } = entered.value;
  c.executionCtx.waitUntil(afterSignIn(checked.value, password, { ...services, log }));
  return leaveSignedIn(c, waiting, checked.value.account);
}

/** `POST /sign-in/continue`: goes on as who is signed in, if that is who the page showed. */
export async function continueSignedIn(c: Context<AppEnv>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findWaiting(c, form.get('interaction') ?? '', browser);
  const viewer = await findViewer(c);
  const { interaction } = waiting;
  const isShown = viewer !== undefined && viewer.account.id === form.get('account');
  if (!isShown || !mayGoOn(interaction.request, viewer.session.grant, c.var.services.clock())) {
    return c.redirect(pagePath('sign_in', interaction.id), 303);
  }
  return leaveSignedIn(c, waiting, viewer.account);
}

/** Leaves for the client that waits, else for the page that sent the browser, else for the account. */
export async function leaveSignedIn(
  c: Context<AppEnv>,
  waiting: Waiting | undefined,
  { id }: Pick<Account, 'id'>,
): Promise<Response> {
  if (waiting === undefined) return c.redirect(takeReturnTarget(c) ?? '/account', 303);
  return goOn(c, signedIn(waiting.interaction, id, c.var.services.clock()));
}
