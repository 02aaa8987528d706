import type { FC } from 'hono/jsx';

import { Form } from '../layout/form.tsx';
import { Notice } from '../layout/notice.tsx';
import { shownName } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';
import type { AccountState } from './account-state.ts';
import { ApplicationsSection } from './applications-section.tsx';
import { IdentitiesSection, type IdentitiesState } from './identities-section.tsx';
import { type PasswordFaults, PasswordSection } from './password-section.tsx';
import { type ProfileEntered, ProfileSection } from './profile-section.tsx';
import { RequestsSection } from './requests/requests-section.tsx';
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
  readonly identities: IdentitiesState;
};

export const AccountPage: FC<AccountProps> = (props) => {
  const { text, csrf, state, identities } = props;
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
