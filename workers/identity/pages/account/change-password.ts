import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { parseEmailAddress } from '../../accounts/email-address.ts';
import type { AppEnv, Services } from '../../context.ts';
import { requestOrigin } from '../../sign-in/request-origin.ts';
import { newPasswordFault } from '../create-account/create-account-form.ts';
import { pageText } from '../http/page-text.ts';
import { tryPassword } from '../sign-in/try-password.ts';
import type { Viewer } from '../viewer.ts';
import { type AccountAction, backToAccount } from './account-action.ts';
import { renderAccount } from './show-account.tsx';

/**
 * `POST /account/password`: `current_password`, `new_password`. Guesses at the current one count as
 * those at sign-in do.
 */
export const changePassword: AccountAction = async (c, viewer, form) => {
  const { email, username } = viewer.account;
  const text = pageText(c);
  const current = form.get('current_password');
  const password = form.get('new_password');
  const fault = newPasswordFault(password, email, username);
  if (current === undefined || password === undefined || fault !== undefined) {
    const faults = {
      current_password: current === undefined ? text.fault.required : undefined,
      new_password: fault && text.fault[fault],
    };
    return renderAccount(c, viewer, { password: faults, status: 400 });
  }
  const checked = await checkCurrent(c, viewer, current);
  if (checked.ok) {
    await replacePassword(c, viewer, password);
    return backToAccount(c, 'password');
  }
  const isWrong = checked.error.reason === 'wrong';
  const message = isWrong ? text.fault.password_wrong : text.refusal(checked.error);
  return renderAccount(c, viewer, {
    password: { current_password: message },
    status: isWrong ? 401 : 429,
    ...(checked.error.reason === 'locked' && { retryAfter: checked.error.retryAfter }),
  });
};

function checkCurrent(
  c: Context<AppEnv>,
  { account }: Viewer,
  password: string,
): ReturnType<typeof tryPassword> {
  const { services, correlationId } = c.var;
  const log: Services['log'] = (event) => services.log({ ...event, correlationId });
  const email = parseEmailAddress(account.email);
  if (email === undefined)
    throw new TypeError('Cannot check a password: the account has no e-mail');
  const { ipAddress } = requestOrigin(c.req.raw.headers);
  return tryPassword({ email, password, ipAddress, device: {} }, { ...services, log });
}

/** Whoever knew the old one is out, wherever they are. */
async function replacePassword(
  c: Context<AppEnv>,
  { account: { id }, session }: Viewer,
  password: string,
): Promise<void> {
  const { services, correlationId } = c.var;
  const { accounts, clock, log, passwords, users } = services;
  const hash = await passwords.hash(password);
  await orUnavailable('the database', async () => accounts().changePassword(id, hash, clock()));
  log({ event: 'account.password_changed', level: 'security', correlationId, accountId: id });
  const others = { keep: session.grant.sessionId, reason: 'remote' } as const;
  await orUnavailable('the user', async () => users(id).endAllSessions(others));
}
