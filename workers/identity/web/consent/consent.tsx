import type { FC } from 'hono/jsx';
import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { RequestContext } from '../../../kit/request.ts';
import {
  consentGrant,
  describeInteraction,
  type InteractionDescription,
} from '../../oauth/authorize/consent.ts';
import type { ConsentStore } from '../../oauth/authorize/consent-store.ts';
import { consented, denied, pagePath } from '../../oauth/authorize/interaction.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import { Form } from '../kit/form.tsx';
import {
  clientName,
  findPendingInteraction,
  otherAccountPath,
  type PendingInteraction,
  type PendingInteractionNeeds,
  resumeInteraction,
} from '../kit/interaction.ts';
import { OutsideLink, type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { csrfToken, type OwnFormNeeds, readOwnForm } from '../kit/own-form.ts';
import { PageError } from '../kit/page-error.ts';
import { pageText, shownName, type Text } from '../kit/text.ts';
import { findViewer, type Viewer, type ViewerNeeds } from '../kit/viewer.ts';
import { ClientOrigin } from './client-notice.tsx';
import { AnswerButtons, PermissionList } from './permissions.tsx';

export type ConsentNeeds = PendingInteractionNeeds &
  ViewerNeeds &
  OwnFormNeeds &
  RenderPageNeeds & {
    readonly clock: Clock;
    readonly consents: () => ConsentStore;
  };

/** `GET /consent?interaction=` */
export async function showConsent(c: RequestContext<ConsentNeeds>): Promise<Response> {
  const browser = await ensureBrowserId(c);
  const waiting = await findPendingInteraction(c, c.req.query('interaction') ?? '', browser);
  const viewer = await findViewer(c);
  const { interaction, client } = waiting;
  if (viewer === undefined) return c.redirect(pagePath('sign_in', interaction.id), 303);
  const text = pageText(c, interaction);
  const described = await describe(c, waiting, viewer);
  const shown = await digest(described, viewer);
  const csrf = await csrfToken(browser);
  return renderPage(c, {
    text,
    title: text.consent.title(clientName(client)),
    redirectUri: interaction.request.redirectUri,
    content: (
      <ConsentPage
        text={text}
        csrf={csrf}
        interaction={interaction.id}
        described={described}
        email={viewer.account.email}
        shown={shown}
      />
    ),
  });
}

/** Whoever answers must have seen what the page would show now. */
const currentDigest = async (
  c: RequestContext<ConsentNeeds>,
  waiting: PendingInteraction,
  viewer: Viewer,
): Promise<string> => digest(await describe(c, waiting, viewer), viewer);

async function describe(
  c: RequestContext<ConsentNeeds>,
  { interaction, client }: PendingInteraction,
  { account }: Viewer,
): Promise<InteractionDescription> {
  const agreed = await orUnavailable('the database', async () =>
    c.var.services.consents().find(account.id, client.clientId),
  );
  return describeInteraction(interaction, client, agreed);
}

async function digest(described: InteractionDescription, { account }: Viewer): Promise<string> {
  const { client, requested, redirectHost, trust } = described;
  const { name, clientUri, policyUri, tosUri } = client;
  const links = [clientUri, policyUri, tosUri];
  const shown = [account.id, client.clientId, name, links, requested, redirectHost, trust];
  return toBase64Url(await sha256(utf8(JSON.stringify(shown))));
}

/** `POST /consent`: acts on what the page showed, or shows it anew. */
export async function answerConsent(c: RequestContext<ConsentNeeds>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findPendingInteraction(c, form.get('interaction') ?? '', browser);
  const viewer = await findViewer(c);
  const { interaction } = waiting;
  if (viewer === undefined) return c.redirect(pagePath('sign_in', interaction.id), 303);
  // Meanwhile somebody else may have signed in, or the client may have changed its name.
  if (form.get('shown') !== (await currentDigest(c, waiting, viewer))) {
    return c.redirect(pagePath('consent', interaction.id), 303);
  }
  const answer = form.get('answer');
  if (answer === 'allow') return allow(c, waiting, viewer);
  if (answer === 'deny') return resumeInteraction(c, denied(interaction, viewer.account.id));
  throw new PageError('form_malformed');
}

async function allow(
  c: RequestContext<ConsentNeeds>,
  { interaction, client }: PendingInteraction,
  { account }: Viewer,
): Promise<Response> {
  const { services } = c.var;
  const grant = consentGrant(interaction, client, account.id);
  await orUnavailable('the database', async () =>
    services.consents().grant(grant, services.clock()),
  );
  return resumeInteraction(c, consented(interaction, account.id));
}

export type ConsentProps = {
  readonly text: Text;
  readonly csrf: string;
  readonly interaction: string;
  readonly described: InteractionDescription;
  /** The e-mail of who is signed in. */
  readonly email: string;
  /** A digest of what this page shows, which comes back with the answer. */
  readonly shown: string;
};

const ConsentPage: FC<ConsentProps> = (props) => {
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

/** Stands for the client's logo, which is not shown: nobody has checked whose picture it is. */
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
    <PermissionList text={text} permissions={described.requested} />
  </>
);

const AboutClient: FC<Described> = ({ text, described: { client } }) => (
  <p class="links">
    <OutsideLink href={client.clientUri} label={text.consent.website} />
    <OutsideLink href={client.policyUri} label={text.consent.policy} />
    <OutsideLink href={client.tosUri} label={text.consent.terms} />
  </p>
);
