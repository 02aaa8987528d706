import type { FC } from 'hono/jsx';

import type { Account } from '../../accounts/account.ts';
import { otherAccountPath } from '../interaction/page-paths.ts';
import { Form } from '../layout/form.tsx';
import { shownName } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';

export type ChooseAccountProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly interaction: string;
  readonly client: string;
  readonly account: Pick<Account, 'id' | 'email' | 'displayName'>;
};

/** Who is signed in may go on as who they are, or be somebody else. */
export const ChooseAccountPage: FC<ChooseAccountProps> = (props) => {
  const { text, csrf, interaction, client, account } = props;
  return (
    <section class="card">
      <h1>{text.chooseAccount.title}</h1>
      <p class="lead">{text.signIn.toContinue(client)}</p>
      <Form action="/sign-in/continue" csrf={csrf} hidden={{ interaction, account: account.id }}>
        <button type="submit">{text.chooseAccount.continueAs(nameOf(account))}</button>
      </Form>
      <p class="aside">
        <a href={otherAccountPath(interaction)}>{text.chooseAccount.another}</a>
      </p>
    </section>
  );
};

/** The address, too: several accounts may have one name. */
function nameOf({ email, displayName }: ChooseAccountProps['account']): string {
  return displayName === null
    ? shownName(email)
    : `${shownName(displayName)} (${shownName(email)})`;
}
