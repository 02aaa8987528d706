import type { Context } from 'hono';
import type { FC } from 'hono/jsx';

import { parseEmailAddress } from '../../accounts/account.ts';
import type { AppEnv } from '../../context.ts';
import { requestServices } from '../../../kit/request.ts';
import { type BrowserId, ensureBrowserId } from '../../sessions/browser-id.ts';
import {
  readPendingIdentity,
  takePendingIdentity,
} from '../../social/identities/pending-identity.ts';
import { resolveIdentity } from '../../social/identities/resolve-identity.ts';
import { Field, Form } from '../kit/form.tsx';
import { findOptionalInteraction } from '../kit/interaction.ts';
import { renderPage } from '../kit/layout.tsx';
import { csrfToken, type FieldFault, readOwnForm } from '../kit/own-form.ts';
import { pageText, type Text } from '../kit/text.ts';
import { completePath } from '../sign-in/provider-links.tsx';
import { answerResolution } from './browser-callback.ts';

/** `GET /create-account/complete`: for who came from a provider that tells no e-mail. */
export async function showComplete(c: Context<AppEnv>): Promise<Response> {
  const pending = await readPendingIdentity(c);
  if (pending?.missing !== 'email') return c.redirect('/sign-in', 303);
  return render(c, await ensureBrowserId(c), { ...pending, email: '', fault: undefined });
}

/** `POST /create-account/complete`: `email` */
export async function complete(c: Context<AppEnv>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const services = requestServices(c);
  const shown = await readPendingIdentity(c);
  const provider = services.config.social.providers.get(shown?.provider ?? '');
  if (shown?.missing !== 'email' || provider === undefined) return c.redirect('/sign-in', 303);
  const text = form.get('email') ?? '';
  const email = parseEmailAddress(text);
  if (email === undefined) {
    const fault = text === '' ? 'required' : 'email_malformed';
    return render(c, browser, { ...shown, email: text, fault });
  }
  const pending = await takePendingIdentity(c);
  if (pending === undefined) return c.redirect('/sign-in', 303);
  const { interaction } = pending;
  // Anybody can write any address: it is nobody's proof.
  const profile = { ...pending.profile, email: { ...email, trust: 'unverified' as const } };
  const arrived = { provider, profile, tokens: null, linkTo: undefined };
  return answerResolution(
    c,
    { provider, interaction, profile },
    await resolveIdentity(arrived, services),
  );
}

type State = {
  readonly provider: string;
  readonly interaction: string | null;
  readonly email: string;
  readonly fault: FieldFault | undefined;
};

async function render(c: Context<AppEnv>, browser: BrowserId, state: State): Promise<Response> {
  const waiting = await findOptionalInteraction(c, state.interaction ?? undefined, browser);
  const text = pageText(c, waiting?.interaction);
  const csrf = await csrfToken(browser);
  const { providers } = c.var.services.config.social;
  const name = providers.get(state.provider)?.name ?? state.provider;
  return renderPage(c, {
    text,
    title: text.completeAccount.title,
    redirectUri: waiting?.interaction.request.redirectUri,
    status: state.fault === undefined ? 200 : 400,
    content: <CompletePage text={text} csrf={csrf} provider={name} {...pick(state)} />,
  });
}

const pick = ({ email, fault }: State) => ({ email, fault });

type Props = Pick<State, 'email' | 'fault'> & {
  readonly text: Text;
  readonly csrf: string;
  readonly provider: string;
};

const CompletePage: FC<Props> = ({ text, csrf, provider, email, fault }) => (
  <section class="card">
    <h1>{text.completeAccount.title}</h1>
    <p class="lead">{text.completeAccount.lead(provider)}</p>
    <Form action={completePath} csrf={csrf}>
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
