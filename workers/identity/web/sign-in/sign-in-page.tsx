import type { FC } from 'hono/jsx';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { type Account, type EmailAddress, parseEmailAddress } from '../../accounts/account.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { SocialConfig } from '../../social/config.ts';
import { Field, Form } from '../kit/form.tsx';
import { createAccountPath, otherAccountPath } from '../kit/interaction.ts';
import { Notice } from '../kit/layout.tsx';
import type { FieldFault, FieldFaults } from '../kit/own-form.ts';
import { shownName, type Text } from '../kit/text.ts';
import { ProviderLinks } from './provider-links.tsx';

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
  readonly providers: SocialConfig['providers'];
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

/** Longer ones are no passwords of ours, and not worth hashing. */
const MAX_PASSWORD = 1_024;

export type SignInFaults = FieldFaults<'email' | 'password'>;
type Entered = { readonly email: EmailAddress; readonly password: string };

export function readSignIn(form: Parameters): Result<Entered, SignInFaults> {
  const text = form.get('email');
  const email = parseEmailAddress(text ?? '');
  const password = form.get('password') ?? '';
  const fault = passwordFault(password);
  if (email !== undefined && fault === undefined) return ok({ email, password });
  return err({
    ...(email === undefined && { email: text === undefined ? 'required' : 'email_malformed' }),
    ...(fault && { password: fault }),
  });
}

function passwordFault(password: string): FieldFault | undefined {
  if (password === '') return 'required';
  return password.length > MAX_PASSWORD ? 'password_too_long' : undefined;
}
