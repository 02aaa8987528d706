import type { FC } from 'hono/jsx';

import type { InteractionDescription } from '../../oauth/interactions/describe-interaction.ts';
import { clientName } from '../interaction/client-name.ts';
import { otherAccountPath } from '../interaction/page-paths.ts';
import { Form } from '../layout/form.tsx';
import { OutsideLink } from '../layout/outside-link.tsx';
import { shownName } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';
import { AnswerButtons } from './answer-buttons.tsx';
import { ClientOrigin } from './client-origin.tsx';
import { PermissionList } from './permission-list.tsx';

export type ConsentProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly interaction: string;
  readonly described: InteractionDescription;
  /** The e-mail of who is signed in. */
  readonly email: string;
  /** What this page shows, in short: comes back with the answer. */
  readonly shown: string;
};

export const ConsentPage: FC<ConsentProps> = (props) => {
  const { text, csrf, interaction, described, email, shown } = props;
  const name = clientName(described.client);
  return (
    <section class="card">
      <Avatar name={name} />
      <h1>{text.consent.title(name)}</h1>
      <p class="lead">
        {text.consent.signedInAs(shownName(email))}{' '}
        <a href={otherAccountPath(interaction)}>{text.consent.notYou}</a>
      </p>
      <ClientOrigin text={text} described={described} />
      <Permissions text={text} name={name} described={described} />
      <Form action="/consent" csrf={csrf} hidden={{ interaction, shown }}>
        <AnswerButtons text={text} />
      </Form>
      <p class="aside">{text.consent.after}</p>
      <AboutClient text={text} described={described} />
    </section>
  );
};

/** Instead of the client's logo: whose picture it is, nobody has checked. */
const Avatar: FC<{ readonly name: string }> = ({ name }) => (
  <p class="avatar" aria-hidden="true">
    {Array.from(name)[0]?.toUpperCase()}
  </p>
);

type Described = { readonly text: Text; readonly described: InteractionDescription };

const Permissions: FC<Described & { readonly name: string }> = ({ text, name, described }) => (
  <>
    {described.isRepeated && <p>{text.consent.again}</p>}
    <h2>{text.consent.gets(name)}</h2>
    <PermissionList text={text} permissions={described.asked} />
  </>
);

const AboutClient: FC<Described> = ({ text, described: { client } }) => (
  <p class="links">
    <OutsideLink href={client.clientUri} label={text.consent.website} />
    <OutsideLink href={client.policyUri} label={text.consent.policy} />
    <OutsideLink href={client.tosUri} label={text.consent.terms} />
  </p>
);
