import type { Context, Handler } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId, SessionId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { type Account, type ProfileChange, parseEmailAddress } from '../../accounts/account.ts';
import { checkPassword } from '../../accounts/check-password.ts';
import { usernameField } from '../../accounts/fields.ts';
import type { AppEnv, Services } from '../../context.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { requestServices } from '../../platform/request-services.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import { newPasswordFault, readDisplayName } from '../create-account/create-account-form.ts';
import { readOwnForm } from '../kit/own-form.ts';
import { PageError } from '../kit/page-error.ts';
import { pageText } from '../kit/text.ts';
import { findViewer, type Viewer } from '../kit/viewer.ts';
import { signOutHere } from '../logout/sign-out-here.ts';
import type { ProfileEntered } from './account-page.tsx';
import { renderAccount } from './show-account.tsx';

type AccountAction = (c: Context<AppEnv>, viewer: Viewer, form: Parameters) => Promise<Response>;

/** What a form of the account page does: only for who is signed in, only from our own page. */
export const accountAction =
  (act: AccountAction): Handler<AppEnv> =>
  async (c) => {
    const { form } = await readOwnForm(c);
    const viewer = await findViewer(c);
    return viewer === undefined ? c.redirect('/sign-in', 303) : act(c, viewer, form);
  };

type Done =
  | 'profile'
  | 'password'
  | 'session'
  | 'sessions'
  | 'application'
  | 'unlinked'
  | 'allowed'
  | 'denied';

export const backToAccount = (c: Context<AppEnv>, done: Done): Response =>
  c.redirect(`/account?done=${done}`, 303);

/** `POST /account/profile`: `display_name`, `username` */
export const changeProfile: AccountAction = async (c, viewer, form) => {
  const { accounts, clock } = c.var.services;
  const read = readProfile(form, viewer.account);
  if (!read.ok) return renderAccount(c, viewer, { profile: read.error, status: 400 });
  const changed = await orUnavailable('the database', async () =>
    accounts().changeProfile(viewer.account.id, read.value, clock()),
  );
  if (changed.ok) return backToAccount(c, 'profile');
  const profile = { ...entered(form), faults: { username: 'username_taken' } } as const;
  return renderAccount(c, viewer, { profile, status: 409 });
};

/** A username can be changed but not given up. */
function readProfile(form: Parameters, account: Account): Result<ProfileChange, ProfileEntered> {
  const displayName = readDisplayName(form.get('display_name'));
  const text = form.get('username');
  const isUsername =
    text === undefined ? account.username === null : usernameField.safeParse(text).success;
  if (displayName.ok && isUsername) return ok({ displayName: displayName.value, username: text });
  const faults = {
    ...(!displayName.ok && { display_name: displayName.error }),
    ...(!isUsername && { username: 'username_malformed' as const }),
  };
  return err({ ...entered(form), faults });
}

const entered = (form: Parameters): Pick<ProfileEntered, 'displayName' | 'username'> => ({
  displayName: form.get('display_name') ?? '',
  username: form.get('username') ?? '',
});

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
): ReturnType<typeof checkPassword> {
  const { services, correlationId } = c.var;
  const log: Services['log'] = (event) => services.log({ ...event, correlationId });
  const email = parseEmailAddress(account.email);
  if (email === undefined)
    throw new TypeError('Cannot check a password: the account has no e-mail');
  const { ipAddress } = requestOrigin(c.req.raw.headers);
  return checkPassword({ email, password, ipAddress, device: {} }, { ...services, log });
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

/** `POST /account/sign-out` */
export const signOut: AccountAction = (c, { session }) => signOutHere(c, session);

/** `POST /account/sessions/end`: `session_id`. One that has ended already is none to complain of. */
export const endOneSession: AccountAction = async (c, { account }, form) => {
  const sessionId = SessionId.parse(form.get('session_id') ?? '');
  if (sessionId === undefined) throw new PageError('form_malformed');
  const { users } = c.var.services;
  await orUnavailable('the user', async () => users(account.id).endSession(sessionId, 'remote'));
  return backToAccount(c, 'session');
};

/** `POST /account/sessions/end-others` */
export const endOtherSessions: AccountAction = async (c, { account, session }) => {
  const { users } = c.var.services;
  const others = { keep: session.grant.sessionId, reason: 'remote' } as const;
  await orUnavailable('the user', async () => users(account.id).endAllSessions(others));
  return backToAccount(c, 'sessions');
};

/** `POST /account/applications/withdraw`: `client_id`. What the client holds works no more. */
export const withdrawConsent: AccountAction = async (c, { account }, form) => {
  const clientId = ClientId.parse(form.get('client_id') ?? '');
  if (clientId === undefined) throw new PageError('form_malformed');
  const { consents, users } = c.var.services;
  await orUnavailable('the database', async () => consents().withdraw(account.id, clientId));
  await orUnavailable('the user', async () =>
    users(account.id).endClientSessions(clientId, 'revoked'),
  );
  return backToAccount(c, 'application');
};

/** `POST /account/identities/unlink`: `provider`, `subject`. Never the last way in. */
export const unlinkIdentity: AccountAction = async (c, { account }, form) => {
  const provider = form.get('provider');
  const subject = form.get('subject');
  if (provider === undefined || subject === undefined) throw new PageError('form_malformed');
  const { identities, log } = requestServices(c);
  const outcome = await orUnavailable('the database', async () =>
    identities().unlink(account.id, { provider, subject }),
  );
  if (outcome === 'last') return c.redirect('/account?problem=last', 303);
  if (outcome === 'unlinked') {
    log({ event: 'identity.unlinked', level: 'security', accountId: account.id, provider });
  }
  // One that is gone already is none to complain of.
  return backToAccount(c, 'unlinked');
};
