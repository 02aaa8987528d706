import type { FC } from 'hono/jsx';
import { Field, Form } from '../kit/form.tsx';
import { Notice } from '../kit/layout.tsx';
import { shownName, type Text } from '../kit/text.ts';
import type { AccountState, IdentitiesState, LinkedIdentity } from './account-state.ts';
import { ApplicationsSection, RequestsSection } from './applications-section.tsx';
import { type ProfileEntered, ProfileSection } from './profile-section.tsx';
import { SessionsSection } from './sessions-section.tsx';

export type AccountProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly state: AccountState;
  /** What was just done: a key of the text. */
  readonly done?: string | undefined;
  /** What could not be done: a key of the text. */
  readonly problem?: string | undefined;
  /** A profile that could not be saved. */
  readonly profile?: ProfileEntered | undefined;
  /** Why a password could not be changed. */
  readonly password?: PasswordFaults | undefined;
};

export const AccountPage: FC<AccountProps> = (props) => {
  const { text, csrf, state } = props;
  const { identities } = state;
  const { account } = state.viewer;
  return (
    <>
      <div class="title">
        <div>
          <h1>{text.account.title}</h1>
          <p class="lead">{text.consent.signedInAs(shownName(account.email))}</p>
        </div>
        <Form action="/account/sign-out" csrf={csrf}>
          <button type="submit" class="quiet">
            {text.account.signOut}
          </button>
        </Form>
      </div>
      <Done {...props} />
      {state.requests.length > 0 && <RequestsSection text={text} state={state} />}
      <ProfileSection text={text} csrf={csrf} account={account} entered={props.profile} />
      {state.hasPassword && (
        <PasswordSection text={text} csrf={csrf} email={account.email} faults={props.password} />
      )}
      <SessionsSection text={text} csrf={csrf} state={state} />
      <ApplicationsSection text={text} csrf={csrf} state={state} />
      {identities.linked.length + identities.offers.length > 0 && (
        <IdentitiesSection text={text} csrf={csrf} identities={identities} />
      )}
    </>
  );
};

const Done: FC<AccountProps> = ({ text: { account }, done = '', problem = '' }) => {
  const good = messageOf(account.done, done);
  const bad = messageOf(account.problem, problem);
  return (
    <>
      {good !== undefined && <Notice tone="good">{good}</Notice>}
      {bad !== undefined && <Notice tone="danger">{bad}</Notice>}
    </>
  );
};

const messageOf = (messages: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(messages, key) ? messages[key] : undefined;

/** Messages to be shown. */
type PasswordFaults = {
  readonly current_password?: string | undefined;
  readonly new_password?: string | undefined;
};

type PasswordProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly email: string;
  readonly faults: PasswordFaults | undefined;
};

const PasswordSection: FC<PasswordProps> = ({ text, csrf, email, faults = {} }) => (
  <section class="card" aria-labelledby="security">
    <h2 id="security">{text.account.security}</h2>
    <p class="hint">{text.account.changeHint}</p>
    {/* The hidden address tells a password manager whose password it is. */}
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

type IdentitiesProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly identities: IdentitiesState;
};

const IdentitiesSection: FC<IdentitiesProps> = ({ text, csrf, identities: { linked, offers } }) => (
  <section class="card" aria-labelledby="identities">
    <h2 id="identities">{text.account.identities}</h2>
    {linked.length > 0 && (
      <ul class="rows">
        {linked.map((identity) => (
          <IdentityRow text={text} csrf={csrf} {...identity} />
        ))}
      </ul>
    )}
    <p class="offers">
      {offers.map(({ name, path }) => (
        <a class="button quiet small" href={path}>
          {text.account.link(name)}
        </a>
      ))}
    </p>
  </section>
);

const IdentityRow: FC<LinkedIdentity & Pick<IdentitiesProps, 'text' | 'csrf'>> = (props) => {
  const { text, csrf, provider, subject, providerName, name } = props;
  const shown = text.account.identity(providerName, shownName(name));
  return (
    <li>
      <div class="row-text">
        <p class="row-name">{shown}</p>
      </div>
      <Form action="/account/identities/unlink" csrf={csrf} hidden={{ provider, subject }}>
        <button type="submit" class="quiet small" aria-label={text.account.unlinkOf(shown)}>
          {text.account.unlink}
        </button>
      </Form>
    </li>
  );
};
