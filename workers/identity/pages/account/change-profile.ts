import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Account, ProfileChange } from '../../accounts/account.ts';
import type { Parameters } from '../../oauth/parameters.ts';
import { usernameField } from '../../routes/fields.ts';
import { readDisplayName } from '../create-account/create-account-form.ts';
import { type AccountAction, backToAccount } from './account-action.ts';
import type { ProfileEntered } from './profile-section.tsx';
import { renderAccount } from './show-account.tsx';

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
