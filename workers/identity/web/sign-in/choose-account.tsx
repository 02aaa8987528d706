import type { FC } from 'hono/jsx';
import { type Clock, seconds } from '../../../../shared/clock.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { pagePath } from '../../oauth/authorize/interaction.ts';
import type { BrowserId } from '../../sessions/browser-id.ts';
import { Form } from '../kit/form.tsx';
import {
  findPendingInteraction,
  otherAccountPath,
  type PendingInteraction,
  type PendingInteractionNeeds,
} from '../kit/interaction.ts';
import { type OwnFormNeeds, readOwnForm } from '../kit/own-form.ts';
import { shownName } from '../kit/text.ts';
import { findViewer, type Viewer, type ViewerNeeds } from '../kit/viewer.ts';
import { type EntryPageNeeds, type EntryProps, renderEntryPage } from './entry-page.tsx';
import { type ContinueNeeds, continueAfterSignIn } from './finish-sign-in.ts';

export type ContinueSignedInNeeds = OwnFormNeeds &
  PendingInteractionNeeds &
  ViewerNeeds &
  ContinueNeeds;

/** `POST /sign-in/continue`: goes on with who is signed in, if that is who the page showed. */
export async function continueSignedIn(
  c: RequestContext<ContinueSignedInNeeds>,
): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findPendingInteraction(c, form.get('interaction') ?? '', browser);
  const viewer = await findViewer(c);
  const isShown = viewer !== undefined && viewer.account.id === form.get('account');
  if (!isShown || !mayContinueSignedIn(waiting, viewer, c.var.services.clock)) {
    return c.redirect(pagePath('sign_in', waiting.interaction.id), 303);
  }
  return continueAfterSignIn(c, waiting, viewer.account);
}

/**
 * Whether who is signed in may go on without proving again who they are (OpenID Connect Core
 * §3.1.2.1, `prompt` and `max_age`). Where the client names a subject, the authorization endpoint
 * sends here only those who are somebody else.
 */
export function mayContinueSignedIn(
  { interaction }: PendingInteraction,
  { session }: Viewer,
  clock: Clock,
): boolean {
  const { prompts, maxAge, requiredSubject } = interaction.request;
  if (prompts.includes('login') || requiredSubject !== null) return false;
  return maxAge === null || clock() <= session.grant.authTime + seconds(maxAge);
}

/** Asks somebody who is signed in whether to go on as they are or as somebody else. */
export const renderChooseAccount = (
  c: RequestContext<EntryPageNeeds>,
  browser: BrowserId,
  waiting: PendingInteraction,
  viewer: Viewer,
): Promise<Response> =>
  renderEntryPage(c, { browser, waiting }, (entry) => ({
    title: entry.text.chooseAccount.title,
    content: (
      <ChooseAccountCard {...entry} interaction={waiting.interaction.id} account={viewer.account} />
    ),
  }));

type ChooseAccountProps = Pick<EntryProps, 'text' | 'csrf' | 'client'> & {
  readonly interaction: string;
  readonly account: Viewer['account'];
};

const ChooseAccountCard: FC<ChooseAccountProps> = (props) => {
  const { text, csrf, interaction, client = '', account } = props;
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

/** The name with the address, because several accounts may have one name. */
function nameOf({ email, displayName }: Viewer['account']): string {
  const name = shownName(displayName ?? '');
  return name === '' ? shownName(email) : `${name} (${shownName(email)})`;
}
