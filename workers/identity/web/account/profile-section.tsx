import type { FC } from 'hono/jsx';
import type { Account } from '../../accounts/account.ts';
import type { FieldFaults } from '../kit/fields.ts';
import { Field, type FieldProps, Form } from '../kit/form.tsx';
import { shownName, type Text } from '../kit/text.ts';

/** What the form of the profile asks for. */
export const PROFILE_MEMBERS = [
  'displayName',
  'username',
  'firstName',
  'lastName',
  'company',
  'avatarUrl',
] as const;
export type ProfileMember = (typeof PROFILE_MEMBERS)[number];

/** A profile that could not be saved. */
export type ProfileEntered = Readonly<Record<ProfileMember, string>> & {
  readonly faults: FieldFaults<ProfileMember>;
};

type ProfileProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly account: Account;
  readonly entered: ProfileEntered | undefined;
};

export const ProfileSection: FC<ProfileProps> = ({ text, csrf, account, entered }) => {
  const shown = entered ?? enteredBefore(account);
  const field = { text, shown };
  return (
    <section class="card" aria-labelledby="profile">
      <h2 id="profile">{text.account.profile}</h2>
      <EmailLine text={text} account={account} />
      <Form action="/account/profile" csrf={csrf}>
        <div class="pair">
          <ProfileField {...field} member="displayName" name="display_name" autocomplete="name" />
          <ProfileField
            {...field}
            member="username"
            name="username"
            autocomplete="off"
            isOptional={account.username === null}
          />
        </div>
        <div class="pair">
          <ProfileField {...field} member="firstName" name="first_name" autocomplete="given-name" />
          <ProfileField {...field} member="lastName" name="last_name" autocomplete="family-name" />
        </div>
        <div class="pair">
          <ProfileField {...field} member="company" name="company" autocomplete="organization" />
          <ProfileField {...field} member="avatarUrl" name="avatar_url" autocomplete="photo" />
        </div>
        <button type="submit">{text.account.save}</button>
      </Form>
    </section>
  );
};

const enteredBefore = (account: Account): ProfileEntered => ({
  displayName: account.displayName ?? '',
  username: account.username ?? '',
  firstName: account.firstName ?? '',
  lastName: account.lastName ?? '',
  company: account.company ?? '',
  avatarUrl: account.avatarUrl ?? '',
  faults: {},
});

type ProfileFieldProps = Pick<FieldProps, 'text' | 'name' | 'autocomplete' | 'isOptional'> & {
  readonly member: ProfileMember;
  readonly shown: ProfileEntered;
};

const ProfileField: FC<ProfileFieldProps> = ({ member, shown, isOptional = true, ...field }) => {
  const { text } = field;
  const fault = shown.faults[member];
  const hints: Readonly<Record<string, string>> = text.hint;
  return (
    <Field
      {...field}
      label={text.field[member]}
      value={shown[member]}
      hint={hints[member]}
      error={fault && text.fault[fault]}
      isOptional={isOptional}
    />
  );
};

const EmailLine: FC<Pick<ProfileProps, 'text' | 'account'>> = ({ text, account }) => (
  <dl class="facts">
    <div>
      <dt>{text.account.emailIs}</dt>
      <dd>
        {shownName(account.email)}{' '}
        <span class={account.emailVerified ? 'badge good' : 'badge'}>
          {account.emailVerified ? text.account.verified : text.account.unverified}
        </span>
      </dd>
    </div>
  </dl>
);
