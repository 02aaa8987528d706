import type { FC } from 'hono/jsx';

import { createAccountPath } from '../interaction/page-paths.ts';
import { Field } from '../layout/field.tsx';
import { Form } from '../layout/form.tsx';
import { Notice } from '../layout/notice.tsx';
import type { Text } from '../text/text.ts';
import { ProviderLinks } from './provider-links.tsx';
import type { SignInFaults } from './sign-in-form.ts';
import type { SocialProviders } from './social-providers.ts';

export type SignInProps = {
  readonly text: Text;
  readonly csrf: string;
  /** The id of the interaction that it is for, and the name of its client. */
  readonly interaction?: string | undefined;
  readonly client?: string | undefined;
  readonly email: string;
  /** Somebody is signed in, and must prove it again or be somebody else. */
  readonly isAgain: boolean;
  readonly faults?: SignInFaults | undefined;
  /** Why e-mail and password together were refused. */
  readonly refusal?: string | undefined;
  /** Why a provider has sent somebody back. */
  readonly notice?: string | undefined;
  readonly providers: SocialProviders;
};

const REFUSAL_ID = 'refusal';

export const SignInPage: FC<SignInProps> = (props) => {
  const { text, csrf, interaction, client, isAgain, refusal, notice, providers } = props;
  return (
    <section class="card">
      <h1>{text.signIn.title}</h1>
      {client !== undefined && <p class="lead">{text.signIn.toContinue(client)}</p>}
      {isAgain && refusal === undefined && <Notice tone="plain">{text.signIn.again}</Notice>}
      {notice !== undefined && refusal === undefined && <Notice tone="warning">{notice}</Notice>}
      {refusal !== undefined && (
        <Notice tone="danger" id={REFUSAL_ID}>
          {refusal}
        </Notice>
      )}
      <Form action="/sign-in" csrf={csrf} hidden={{ interaction }}>
        <Fields {...props} />
        <button type="submit">{text.signIn.submit}</button>
      </Form>
      <ProviderLinks text={text} interaction={interaction} providers={providers} />
      <p class="aside">
        {text.signIn.newHere} <a href={createAccountPath(interaction)}>{text.signIn.create}</a>
      </p>
    </section>
  );
};

const Fields: FC<SignInProps> = ({ text, email, faults = {}, refusal }) => {
  const isEmailDone = email !== '' && faults.email === undefined;
  return (
    <>
      <Field
        text={text}
        name="email"
        label={text.field.email}
        type="email"
        autocomplete="username"
        value={email}
        error={faults.email && text.fault[faults.email]}
        hasFocus={!isEmailDone}
      />
      <Field
        text={text}
        name="password"
        label={text.field.password}
        type="password"
        autocomplete="current-password"
        error={faults.password && text.fault[faults.password]}
        describedBy={refusal === undefined ? undefined : REFUSAL_ID}
        hasFocus={isEmailDone}
      />
    </>
  );
};
