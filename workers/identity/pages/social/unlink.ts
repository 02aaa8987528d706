import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { requestServices } from '../../social/request-services.ts';
import { type AccountAction, backToAccount } from '../account/account-action.ts';
import { PageError } from '../errors/page-error.ts';

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
