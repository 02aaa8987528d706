import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId, SessionId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { type RequestContext, requestServices } from '../../../kit/request.ts';
import {
  type Account,
  type EmailAddress,
  type ProfileChange,
  parseEmailAddress,
} from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { changeAccount } from '../../accounts/change-account.ts';
import { type CheckPasswordNeeds, checkPassword } from '../../accounts/check-password.ts';
import { usernameField } from '../../accounts/fields.ts';
import type { PasswordHasher } from '../../accounts/password-hasher.ts';
import { mayHaveUsername } from '../../accounts/reserved-usernames.ts';
import type { ConsentStore } from '../../oauth/authorize/consent-store.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { accountStateOf } from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import type { IdentityStore } from '../../social/identities/identity-store.ts';
import {
  type FieldFault,
  readAvatarUrl,
  readCompany,
  readDisplayName,
  readNewPassword,
  readPersonName,
} from '../kit/fields.ts';
import { type OwnFormNeeds, readOwnForm } from '../kit/own-form.ts';
import { PageError } from '../kit/page-error.ts';
import { pageText } from '../kit/text.ts';
import { findViewer, type Viewer, type ViewerNeeds } from '../kit/viewer.ts';
import { type SignOutHereNeeds, signOutHere } from '../logout/sign-out-here.ts';
import { PROFILE_MEMBERS, type ProfileEntered, type ProfileMember } from './profile-section.tsx';
import { type RenderAccountNeeds, renderAccount } from './show-account.tsx';

type AccountAction<Needs> = (
  c: RequestContext<Needs>,
  viewer: Viewer,
  form: Parameters,
) => Promise<Response>;

/** The route of a form of the account page: for somebody who is signed in, from our own page. */
export const accountAction =
  <Needs>(act: AccountAction<Needs>) =>
  async (c: RequestContext<Needs & OwnFormNeeds & ViewerNeeds>): Promise<Response> => {
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

export const backToAccount = (c: RequestContext<unknown>, done: Done): Response =>
  c.redirect(`/account?done=${done}`, 303);

export type ChangeProfileNeeds = RenderAccountNeeds & {
  readonly accounts: () => AccountStore;
  readonly clock: Clock;
};

/**
 * `POST /account/profile`: `display_name`, `username`, `first_name`, `last_name`, `company`,
 * `avatar_url`. Whatever is left empty is cleared, except for the username.
 */
export const changeProfile: AccountAction<ChangeProfileNeeds> = async (c, viewer, form) => {
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
  const firstName = readPersonName(form.get('first_name'));
  const lastName = readPersonName(form.get('last_name'));
  const company = readCompany(form.get('company'));
  const avatarUrl = readAvatarUrl(form.get('avatar_url'));
  const username = readUsername(form.get('username'), account);
  if (displayName.ok && firstName.ok && lastName.ok && company.ok && avatarUrl.ok && username.ok) {
    return ok({
      displayName: displayName.value,
      firstName: firstName.value,
      lastName: lastName.value,
      company: company.value,
      avatarUrl: avatarUrl.value,
      username: username.value,
    });
  }
  const read = { displayName, firstName, lastName, company, avatarUrl, username };
  return err({ ...entered(form), faults: faultsOf(read) });
}

/** @returns `undefined` where it is to stay as it is. */
function readUsername(
  text: string | undefined,
  account: Account,
): Result<string | undefined, FieldFault> {
  const isGood =
    text === undefined ? account.username === null : usernameField.safeParse(text).success;
  if (!isGood) return err('username_malformed');
  return text === undefined || mayHaveUsername(text, account) ? ok(text) : err('username_reserved');
}

const faultsOf = (
  read: Readonly<Record<ProfileMember, Result<unknown, FieldFault>>>,
): ProfileEntered['faults'] =>
  Object.fromEntries(
    PROFILE_MEMBERS.flatMap((member) => {
      const result = read[member];
      return result.ok ? [] : [[member, result.error] as const];
    }),
  );

const entered = (form: Parameters): Omit<ProfileEntered, 'faults'> => ({
  displayName: form.get('display_name') ?? '',
  username: form.get('username') ?? '',
  firstName: form.get('first_name') ?? '',
  lastName: form.get('last_name') ?? '',
  company: form.get('company') ?? '',
  avatarUrl: form.get('avatar_url') ?? '',
});

export type ChangePasswordNeeds = RenderAccountNeeds & CheckPasswordNeeds & ReplacePasswordNeeds;

/**
 * `POST /account/password`: `current_password`, `new_password`. Guesses at the current one count as
 * those at sign-in do.
 */
export const changePassword: AccountAction<ChangePasswordNeeds> = async (c, viewer, form) => {
  const text = pageText(c);
  const current = form.get('current_password');
  const password = readNewPassword(form.get('new_password'), viewer.account);
  if (current === undefined || !password.ok) {
    const faults = {
      current_password: current === undefined ? text.fault.required : undefined,
      new_password: password.ok ? undefined : text.fault[password.error],
    };
    return renderAccount(c, viewer, { password: faults, status: 400 });
  }
  const checked = await checkCurrent(c, viewer, current);
  if (!checked.ok && checked.error.reason === 'locked') {
    return renderAccount(c, viewer, {
      password: { current_password: text.refusal(checked.error) },
      status: 429,
      retryAfter: checked.error.retryAfter,
    });
  }
  const isReplaced = checked.ok
    ? await replacePassword(c, { ...viewer, account: checked.value.account }, password.value)
    : await finishReplacement(c, viewer, password.value);
  if (isReplaced) return backToAccount(c, 'password');
  const wrong = { current_password: text.fault.password_wrong };
  return renderAccount(c, viewer, { password: wrong, status: 401 });
};

function checkCurrent(
  c: RequestContext<CheckPasswordNeeds>,
  { account }: Viewer,
  password: string,
): ReturnType<typeof checkPassword> {
  const email = addressOf(account.email);
  const { ipAddress } = requestOrigin(c.req.raw.headers);
  return checkPassword({ email, password, ipAddress, device: {} }, requestServices(c));
}

function addressOf(text: string): EmailAddress {
  const email = parseEmailAddress(text);
  if (email === undefined) {
    throw new TypeError('Cannot check a password: the account has no e-mail');
  }
  return email;
}

type ReplacePasswordNeeds = {
  readonly accounts: () => AccountStore;
  readonly clock: Clock;
  readonly passwords: Pick<PasswordHasher, 'hash' | 'verify'>;
  readonly users: Users;
};

/**
 * Ends all other sessions of the account, because others may have known the old password.
 *
 * @returns `false` if the password was replaced by somebody else after it was checked.
 */
async function replacePassword(
  c: RequestContext<ReplacePasswordNeeds>,
  { account, session }: Viewer,
  password: string,
): Promise<boolean> {
  const { accounts, clock, passwords } = c.var.services;
  const hash = await passwords.hash(password);
  const { sessionId } = session.grant;
  const write = async () => {
    const changed = await orUnavailable('the database', async () =>
      accounts().changePassword(account, hash, clock()),
    );
    if (changed === undefined) return undefined;
    c.var.log({ event: 'account.password_changed', level: 'security', accountId: account.id });
    return changed;
  };
  const changed = await changeAccount(account.id, write, sessionId, requestServices(c));
  return changed !== undefined;
}

/**
 * The form is sent again whose first answer was a failure: the password was replaced then, and the other
 * sessions may not have ended.
 *
 * @returns `false` if `password` is not the account's.
 */
async function finishReplacement(
  c: RequestContext<ReplacePasswordNeeds>,
  { account: { id, email }, session }: Viewer,
  password: string,
): Promise<boolean> {
  const { accounts, passwords, users } = c.var.services;
  const { normalized } = addressOf(email);
  const found = await orUnavailable('the database', async () =>
    accounts().findCredentials(normalized),
  );
  const verdict = await passwords.verify(found?.passwordHash ?? undefined, password);
  if (found === undefined || !verdict.isRight) return false;
  const change = { account: accountStateOf(found.account), keep: session.grant.sessionId };
  await users(id).accountChanged(change);
  return true;
}

/** `POST /account/sign-out` */
export const signOut: AccountAction<SignOutHereNeeds> = (c, { session }) =>
  signOutHere(c, { session, isAfterForm: true });

export type EndSessionNeeds = { readonly users: Users };

/** `POST /account/sessions/end`: `session_id`. A session that has ended already is no error. */
export const endOneSession: AccountAction<EndSessionNeeds> = async (c, { account }, form) => {
  const sessionId = SessionId.parse(form.get('session_id') ?? '');
  if (sessionId === undefined) throw new PageError('form_malformed');
  await c.var.services.users(account.id).endSession(sessionId, 'remote');
  return backToAccount(c, 'session');
};

/** `POST /account/sessions/end-others` */
export const endOtherSessions: AccountAction<EndSessionNeeds> = async (c, viewer) => {
  const { account, session } = viewer;
  const others = { keep: session.grant.sessionId, reason: 'remote' } as const;
  await c.var.services.users(account.id).endAllSessions(others);
  return backToAccount(c, 'sessions');
};

export type WithdrawConsentNeeds = {
  readonly consents: () => ConsentStore;
  readonly users: Users;
};

/** `POST /account/applications/withdraw`: `client_id`. Ends the client's sessions, too. */
export const withdrawConsent: AccountAction<WithdrawConsentNeeds> = async (
  c,
  { account },
  form,
) => {
  const clientId = ClientId.parse(form.get('client_id') ?? '');
  if (clientId === undefined) throw new PageError('form_malformed');
  const { consents, users } = c.var.services;
  await orUnavailable('the database', async () => consents().withdraw(account.id, clientId));
  await users(account.id).endClientSessions(clientId, 'revoked');
  return backToAccount(c, 'application');
};

export type UnlinkIdentityNeeds = { readonly identities: () => IdentityStore };

/**
 * `POST /account/identities/unlink`: `provider`, `subject`. An identity that is the only way into the
 * account stays linked; one that is unlinked already is no error.
 */
export const unlinkIdentity: AccountAction<UnlinkIdentityNeeds> = async (c, { account }, form) => {
  const provider = form.get('provider');
  const subject = form.get('subject');
  if (provider === undefined || subject === undefined) throw new PageError('form_malformed');
  const outcome = await orUnavailable('the database', async () =>
    c.var.services.identities().unlink(account.id, { provider, subject }),
  );
  if (outcome === 'last') return c.redirect('/account?problem=last', 303);
  if (outcome === 'unlinked') {
    c.var.log({ event: 'identity.unlinked', level: 'security', accountId: account.id, provider });
  }
  return backToAccount(c, 'unlinked');
};
