import type { FC } from 'hono/jsx';

import type { Account } from '../../accounts/account.ts';
import type { FieldFaults } from '../forms/faults.ts';
import { Field } from '../layout/field.tsx';
import { Form } from '../layout/form.tsx';
import { shownName } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';

export type ProfileEntered = {
  readonly displayName: string;
  readonly username: string;
  readonly faults: FieldFaults<'display_name' | 'username'>;
};

type Props = {
  readonly text: Text;
  readonly csrf: string;
  readonly account: Account;
  readonly entered: ProfileEntered | undefined;
};

export const ProfileSection: FC<Props> = ({ text, csrf, account, entered }) => {
  const { displayName, username, faults } = entered ?? shown(account);
  return (
    <section class="card" aria-labelledby="profile">
      <h2 id="profile">{text.account.profile}</h2>
      <EmailLine text={text} account={account} />
      <Form action="/account/profile" csrf={csrf}>
        <div class="pair">
          <Field
            text={text}
            name="display_name"
            label={text.field.displayName}
            autocomplete="name"
            value={displayName}
            hint={text.hint.displayName}
            error={faults.display_name && text.fault[faults.display_name]}
            isOptional
          />
          <Field
            text={text}
            name="username"
            label={text.field.username}
            autocomplete="off"
            value={username}
            hint={text.hint.username}
            error={faults.username && text.fault[faults.username]}
            isOptional={account.username === null}
          />
        </div>
        <button type="submit">{text.account.save}</button>
      </Form>
    </section>
  );
};

const shown = ({ displayName, username }: Account): ProfileEntered => ({
  displayName: displayName ?? '',
  username: username ?? '',
  faults: {},
});

const EmailLine: FC<Pick<Props, 'text' | 'account'>> = ({ text, account }) => (
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
