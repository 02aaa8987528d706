import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId, SessionId } from '../../../../shared/ids.ts';
import { signOutHere } from '../../oauth/logout/sign-out-here.ts';
import { PageError } from '../errors/page-error.ts';
import { type AccountAction, backToAccount } from './account-action.ts';

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
