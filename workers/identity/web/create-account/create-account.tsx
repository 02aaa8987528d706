import type { FC } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { type RequestContext, requestServices } from '../../../kit/request.ts';
import type { EmailAddress } from '../../accounts/account.ts';
import { type RegisterAccountNeeds, registerAccount } from '../../accounts/register-account.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { type BrowserId, ensureBrowserId } from '../../sessions/browser-id.ts';
import type { CookieNeeds } from '../../sessions/cookies.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import { type FieldFaults, readDisplayName, readEmail, readNewPassword } from '../kit/fields.ts';
import { Field } from '../kit/form.tsx';
import {
  findOptionalInteraction,
  type PendingInteraction,
  type PendingInteractionNeeds,
  signInPath,
} from '../kit/interaction.ts';
import { type OwnFormNeeds, readOwnForm } from '../kit/own-form.ts';
import {
  EmailField,
  EntryCard,
  type EntryPageNeeds,
  type EntryProps,
  hintOf,
  renderEntryPage,
} from '../sign-in/entry-page.tsx';
import {
  type ContinueNeeds,
  continueAfterSignIn,
  type SignInHereNeeds,
  signInHere,
} from '../sign-in/finish-sign-in.ts';

export type ShowCreateAccountNeeds = EntryPageNeeds & PendingInteractionNeeds & CookieNeeds;

/** `GET /create-account?interaction=` */
export async function showCreateAccount(
  c: RequestContext<ShowCreateAccountNeeds>,
): Promise<Response> {
  const browser = await ensureBrowserId(c);
  const waiting = await findOptionalInteraction(c, c.req.query('interaction'), browser);
  return render(c, { browser, waiting, email: hintOf(waiting), displayName: '' });
}

export type CreateAccountNeeds = ShowCreateAccountNeeds &
  OwnFormNeeds &
  RegisterAccountNeeds &
  SignInHereNeeds &
  ContinueNeeds;

/** `POST /create-account` */
export async function createAccount(c: RequestContext<CreateAccountNeeds>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findOptionalInteraction(c, form.get('interaction'), browser);
  const email = form.get('email') ?? '';
  const state = { browser, waiting, email, displayName: form.get('display_name') ?? '' };
  const entered = readCreateAccount(form);
  if (!entered.ok) return render(c, { ...state, faults: entered.error, status: 400 });

  const { ipAddress } = requestOrigin(c.req.raw.headers);
  const registration = { ...entered.value, ipAddress, username: null };
  const created = await registerAccount(registration, requestServices(c));
  if (!created.ok) return render(c, { ...state, faults: { email: 'email_taken' }, status: 409 });
  await signInHere(c, created.value, SIGN_IN_METHODS.password);
  return continueAfterSignIn(c, waiting, created.value);
}

type CreateAccountFaults = FieldFaults<'email' | 'password' | 'display_name'>;

type Entered = {
  readonly email: EmailAddress;
  readonly password: string;
  readonly displayName: string | null;
};

function readCreateAccount(form: Parameters): Result<Entered, CreateAccountFaults> {
  const email = readEmail(form.get('email'));
  const password = readNewPassword(form.get('password'), {
    email: form.get('email') ?? '',
    username: undefined,
    displayName: form.get('display_name'),
  });
  const name = readDisplayName(form.get('display_name'));
  if (email.ok && password.ok && name.ok) {
    return ok({ email: email.value, password: password.value, displayName: name.value });
  }
  return err({
    ...(!email.ok && { email: email.error }),
    ...(!password.ok && { password: password.error }),
    ...(!name.ok && { display_name: name.error }),
  });
}

type State = {
  readonly browser: BrowserId;
  readonly waiting: PendingInteraction | undefined;
  readonly email: string;
  readonly displayName: string;
  readonly faults?: CreateAccountFaults;
  readonly status?: ContentfulStatusCode;
};

const render = (c: RequestContext<EntryPageNeeds>, state: State): Promise<Response> =>
  renderEntryPage(c, state, (entry) => ({
    title: entry.text.createAccount.title,
    content: <CreateAccountCard entry={entry} state={state} />,
  }));

type CreateAccountProps = { readonly entry: EntryProps; readonly state: State };

const CreateAccountCard: FC<CreateAccountProps> = ({ entry, state }) => {
  const { text, interaction } = entry;
  return (
    <EntryCard
      entry={entry}
      title={text.createAccount.title}
      action="/create-account"
      submit={text.createAccount.submit}
      aside={
        <>
          {text.createAccount.haveOne}{' '}
          <a href={signInPath(interaction)}>{text.createAccount.signIn}</a>
        </>
      }
    >
      <Fields entry={entry} state={state} />
    </EntryCard>
  );
};

const Fields: FC<CreateAccountProps> = ({ entry: { text }, state }) => {
  const { email, displayName, faults = {} } = state;
  return (
    <>
      <EmailField
        text={text}
        email={email}
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
};
