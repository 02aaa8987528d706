import type { FC } from 'hono/jsx';
import { type RequestContext, requestServices } from '../../../kit/request.ts';
import { type BrowserId, ensureBrowserId } from '../../sessions/browser-id.ts';
import type { FindProviderNeeds } from '../../social/flow/begin-sign-in.ts';
import {
  type PendingIdentityNeeds,
  readPendingIdentity,
  type TakePendingIdentityNeeds,
  takePendingIdentity,
} from '../../social/identities/pending-identity.ts';
import {
  type ResolveIdentityNeeds,
  resolveIdentity,
} from '../../social/identities/resolve-identity.ts';
import { type FieldFault, readEmail } from '../kit/fields.ts';
import { Field, Form } from '../kit/form.tsx';
import { findOptionalInteraction, type PendingInteractionNeeds } from '../kit/interaction.ts';
import { type OwnFormNeeds, readOwnForm } from '../kit/own-form.ts';
import type { Text } from '../kit/text.ts';
import { type EntryPageNeeds, renderEntryPage } from '../sign-in/entry-page.tsx';
import {
  type AnswerResolutionNeeds,
  answerResolution,
  COMPLETE_ACCOUNT_PATH,
} from './answer-resolution.ts';

type RenderNeeds = EntryPageNeeds & PendingInteractionNeeds;

export type ShowCompleteNeeds = RenderNeeds & PendingIdentityNeeds;

/** `GET /create-account/complete`: for somebody whose provider does not tell an e-mail address. */
export async function showComplete(c: RequestContext<ShowCompleteNeeds>): Promise<Response> {
  const pending = await readPendingIdentity(c);
  if (pending?.missing !== 'email') return c.redirect('/sign-in', 303);
  return render(c, await ensureBrowserId(c), { ...pending, email: '', fault: undefined });
}

export type CompleteNeeds = ShowCompleteNeeds &
  OwnFormNeeds &
  FindProviderNeeds &
  TakePendingIdentityNeeds &
  ResolveIdentityNeeds &
  AnswerResolutionNeeds;

/** `POST /create-account/complete`: `email` */
export async function complete(c: RequestContext<CompleteNeeds>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const services = requestServices(c);
  const shown = await readPendingIdentity(c);
  const provider = services.config.social.providers.get(shown?.provider ?? '');
  if (shown?.missing !== 'email' || provider === undefined) return c.redirect('/sign-in', 303);
  const text = form.get('email');
  const email = readEmail(text);
  if (!email.ok) return render(c, browser, { ...shown, email: text ?? '', fault: email.error });

  const pending = await takePendingIdentity(c);
  if (pending === undefined) return c.redirect('/sign-in', 303);
  const { interaction } = pending;
  // Anybody can enter any address, so it proves nothing.
  const profile = { ...pending.profile, email: { ...email.value, trust: 'unverified' as const } };
  const proven = { provider, profile, tokens: null, linkTo: undefined };
  const resolution = await resolveIdentity(proven, services);
  return answerResolution(c, { provider, interaction, profile }, resolution);
}

type State = {
  /** The provider's id. */
  readonly provider: string;
  readonly interaction: string | null;
  readonly email: string;
  readonly fault: FieldFault | undefined;
};

async function render(
  c: RequestContext<RenderNeeds>,
  browser: BrowserId,
  { provider, interaction, email, fault }: State,
): Promise<Response> {
  const waiting = await findOptionalInteraction(c, interaction ?? undefined, browser);
  const status = fault === undefined ? 200 : 400;
  return renderEntryPage(c, { browser, waiting, status }, ({ text, csrf, providers }) => ({
    title: text.completeAccount.title,
    content: (
      <CompleteCard
        text={text}
        csrf={csrf}
        provider={providers.get(provider)?.name ?? provider}
        email={email}
        fault={fault}
      />
    ),
  }));
}

type Props = Pick<State, 'email' | 'fault'> & {
  readonly text: Text;
  readonly csrf: string;
  /** The provider's name. */
  readonly provider: string;
};

const CompleteCard: FC<Props> = ({ text, csrf, provider, email, fault }) => (
  <section class="card">
    <h1>{text.completeAccount.title}</h1>
    <p class="lead">{text.completeAccount.lead(provider)}</p>
    <Form action={COMPLETE_ACCOUNT_PATH} csrf={csrf}>
      <Field
        text={text}
        name="email"
        label={text.field.email}
        type="email"
        autocomplete="email"
        value={email}
        error={fault && text.fault[fault]}
        hasFocus
      />
      <button type="submit">{text.createAccount.submit}</button>
    </Form>
  </section>
);
