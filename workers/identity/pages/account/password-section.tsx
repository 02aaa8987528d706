import type { FC } from 'hono/jsx';

import { Field } from '../layout/field.tsx';
import { Form } from '../layout/form.tsx';
import type { Text } from '../text/text.ts';

/** Messages, ready to be shown. */
export type PasswordFaults = {
  readonly current_password?: string | undefined;
  readonly new_password?: string | undefined;
};

type Props = {
  readonly text: Text;
  readonly csrf: string;
  readonly email: string;
  readonly faults: PasswordFaults | undefined;
};

export const PasswordSection: FC<Props> = ({ text, csrf, email, faults = {} }) => (
  <section class="card" aria-labelledby="security">
    <h2 id="security">{text.account.security}</h2>
    <p class="hint">{text.account.changeHint}</p>
    {/* The address goes along unseen, so that a password manager knows whose password it is. */}
    <Form action="/account/password" csrf={csrf}>
      <input
        type="email"
        name="email"
        value={email}
        autocomplete="username"
        hidden
        aria-hidden="true"
        tabindex={-1}
        readonly
      />
      <div class="pair">
        <Field
          text={text}
          name="current_password"
          label={text.field.currentPassword}
          type="password"
          autocomplete="current-password"
          error={faults.current_password}
        />
        <Field
          text={text}
          name="new_password"
          label={text.field.newPassword}
          type="password"
          autocomplete="new-password"
          hint={text.hint.newPassword}
          error={faults.new_password}
        />
      </div>
      <button type="submit">{text.account.changePassword}</button>
    </Form>
  </section>
);
