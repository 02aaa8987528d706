import type { Context } from 'hono';
import type { FC } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { parseEmailAddress } from '../../accounts/account.ts';
import { registerAccount } from '../../accounts/register-account.ts';
import type { AppEnv, Services } from '../../context.ts';
import { type BrowserId, ensureBrowserId } from '../../sessions/browser-id.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import type { SocialConfig } from '../../social/config.ts';
import { Field, Form } from '../kit/form.tsx';
import {
  clientName,
  findOptionalInteraction,
  type PendingInteraction,
  signInPath,
} from '../kit/interaction.ts';
import { renderPage } from '../kit/layout.tsx';
import { csrfToken, readOwnForm } from '../kit/own-form.ts';
import { pageText, type Text } from '../kit/text.ts';
import { ProviderLinks } from '../sign-in/provider-links.tsx';
import { continueAfterSignIn } from '../sign-in/sign-in.tsx';
import { signInHere } from '../sign-in/sign-in-here.ts';
import { type CreateAccountFaults, readCreateAccount } from './create-account-form.ts';

/** `GET /create-account?interaction=` */
export async function showCreateAccount(c: Context<AppEnv>): Promise<Response> {
  const browser = await ensureBrowserId(c);
  const waiting = await findOptionalInteraction(c, c.req.query('interaction'), browser);
  const email = parseEmailAddress(waiting?.interaction.request.loginHint ?? '')?.display ?? '';
  return render(c, { browser, waiting, email, displayName: '' });
}

/** `POST /create-account` */
export async function createAccount(c: Context<AppEnv>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findOptionalInteraction(c, form.get('interaction'), browser);
  const email = form.get('email') ?? '';
  const state = { browser, waiting, email, displayName: form.get('display_name') ?? '' };
  const entered = readCreateAccount(form);
  if (!entered.ok) return render(c, { ...state, faults: entered.error, status: 400 });

  const { services, correlationId } = c.var;
  const log: Services['log'] = (event) => services.log({ ...event, correlationId });
  const created = await registerAccount({ ...entered.value, username: null }, { ...services, log });
  if (!created.ok) return render(c, { ...state, faults: { email: 'email_taken' }, status: 409 });
  await signInHere(c, created.value, SIGN_IN_METHODS.password);
  return continueAfterSignIn(c, waiting, created.value);
}

type State = {
  readonly browser: BrowserId;
  readonly waiting: PendingInteraction | undefined;
  readonly email: string;
  readonly displayName: string;
  readonly faults?: CreateAccountFaults;
  readonly status?: ContentfulStatusCode;
};

async function render(c: Context<AppEnv>, state: State): Promise<Response> {
  const { browser, waiting, email, displayName, faults = {}, status } = state;
  const text = pageText(c, waiting?.interaction);
  const csrf = await csrfToken(browser);
  return renderPage(c, {
    text,
    title: text.createAccount.title,
    redirectUri: waiting?.interaction.request.redirectUri,
    status,
    content: (
      <CreateAccountPage
        text={text}
        csrf={csrf}
        interaction={waiting?.interaction.id}
        client={waiting && clientName(waiting.client)}
        email={email}
        displayName={displayName}
        faults={faults}
        providers={c.var.services.config.social.providers}
      />
    ),
  });
}

export type CreateAccountProps = {
  readonly text: Text;
  readonly csrf: string;
  /** The id of the interaction that it is for, and the name of its client. */
  readonly interaction?: string | undefined;
  readonly client?: string | undefined;
  readonly email: string;
  readonly displayName: string;
  readonly faults: CreateAccountFaults;
  readonly providers: SocialConfig['providers'];
};

const CreateAccountPage: FC<CreateAccountProps> = (props) => {
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
