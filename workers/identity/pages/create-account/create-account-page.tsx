import type { FC } from 'hono/jsx';

import { signInPath } from '../interaction/page-paths.ts';
import { Field } from '../layout/field.tsx';
import { Form } from '../layout/form.tsx';
import { ProviderLinks } from '../sign-in/provider-links.tsx';
import type { SocialProviders } from '../sign-in/social-providers.ts';
import type { Text } from '../text/text.ts';
import type { CreateAccountFaults } from './create-account-form.ts';

export type CreateAccountProps = {
  readonly text: Text;
  readonly csrf: string;
  /** The id of the interaction that it is for, and the name of its client. */
  readonly interaction?: string | undefined;
  readonly client?: string | undefined;
  readonly email: string;
  readonly displayName: string;
  readonly faults: CreateAccountFaults;
  readonly providers: SocialProviders;
};

export const CreateAccountPage: FC<CreateAccountProps> = (props) => {
  const { text, csrf, interaction, client, providers } = props;
  return (
    <section class="card">
      <h1>{text.createAccount.title}</h1>
      {client !== undefined && <p class="lead">{text.signIn.toContinue(client)}</p>}
      <Form action="/create-account" csrf={csrf} hidden={{ interaction }}>
        <Fields {...props} />
        <button type="submit">{text.createAccount.submit}</button>
      </Form>
      <ProviderLinks text={text} interaction={interaction} providers={providers} />
      <p class="aside">
        {text.createAccount.haveOne}{' '}
        <a href={signInPath(interaction)}>{text.createAccount.signIn}</a>
      </p>
    </section>
  );
};

const Fields: FC<CreateAccountProps> = ({ text, email, displayName, faults }) => (
  <>
    <Field
      text={text}
      name="email"
      label={text.field.email}
      type="email"
      autocomplete="username"
      value={email}
      error={faults.email && text.fault[faults.email]}
      hasFocus
    />
    <Field
      text={text}
      name="password"
      label={text.field.password}
      type="password"
      autocomplete="new-password"
      hint={text.hint.newPassword}
      error={faults.password && text.fault[faults.password]}
    />
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
  </>
);
