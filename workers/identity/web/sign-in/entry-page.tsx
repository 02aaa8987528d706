import type { Child, FC } from 'hono/jsx';
import type { RequestContext } from '../../../kit/request.ts';
import { parseEmailAddress } from '../../accounts/account.ts';
import type { BrowserId } from '../../sessions/browser-id.ts';
import type { SocialConfig } from '../../social/config.ts';
import { Field, Form } from '../kit/form.tsx';
import { clientName, type PendingInteraction } from '../kit/interaction.ts';
import { type PageView, type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { csrfToken } from '../kit/own-form.ts';
import { pageText, type Text } from '../kit/text.ts';

export type EntryPageNeeds = RenderPageNeeds & {
  readonly config: { readonly social: SocialConfig };
};

/** What every page has on which somebody signs in or creates an account. */
export type EntryProps = {
  readonly text: Text;
  readonly csrf: string;
  /** The id of the interaction that the page is for. */
  readonly interaction: string | undefined;
  /** The name of the client that waits. */
  readonly client: string | undefined;
  readonly providers: SocialConfig['providers'];
};

type EntryState = Pick<PageView, 'status' | 'retryAfter'> & {
  readonly browser: BrowserId;
  readonly waiting: PendingInteraction | undefined;
};

/** Answers with a page on which somebody signs in or creates an account. */
export async function renderEntryPage(
  c: RequestContext<EntryPageNeeds>,
  { browser, waiting, status, retryAfter }: EntryState,
  page: (entry: EntryProps) => Pick<PageView, 'title' | 'content'>,
): Promise<Response> {
  const text = pageText(c, waiting?.interaction);
  const entry = {
    text,
    csrf: await csrfToken(browser),
    interaction: waiting?.interaction.id,
    client: waiting && clientName(waiting.client),
    providers: c.var.services.config.social.providers,
  };
  const redirectUri = waiting?.interaction.request.redirectUri;
  return renderPage(c, { ...page(entry), text, redirectUri, status, retryAfter });
}

/** The client's `login_hint`, if it is an address (OpenID Connect Core §3.1.2.1). */
export const hintOf = (waiting: PendingInteraction | undefined): string =>
  parseEmailAddress(waiting?.interaction.request.loginHint ?? '')?.display ?? '';

type EntryCardProps = {
  readonly entry: EntryProps;
  readonly title: string;
  /** Where the form is sent to. */
  readonly action: string;
  readonly submit: string;
  /** What stands above the form. */
  readonly notices?: Child;
  /** A way to another page, below the form. */
  readonly aside: Child;
  /** The fields of the form. */
  readonly children: Child;
};

/** The card of a page on which somebody signs in or creates an account: a form, or another provider. */
export const EntryCard: FC<EntryCardProps> = (props) => {
  const { entry, title, action, submit, notices, aside, children } = props;
  const { text, csrf, interaction, client } = entry;
  return (
    <section class="card">
      <h1>{title}</h1>
      {client !== undefined && <p class="lead">{text.signIn.toContinue(client)}</p>}
      {notices}
      <Form action={action} csrf={csrf} hidden={{ interaction }}>
        {children}
        <button type="submit">{submit}</button>
      </Form>
      <ProviderLinks {...entry} />
      <p class="aside">{aside}</p>
    </section>
  );
};

type EmailFieldProps = {
  readonly text: Text;
  readonly email: string;
  readonly error: string | undefined;
  readonly hasFocus: boolean;
};

/** A password manager takes the address for the username. */
export const EmailField: FC<EmailFieldProps> = ({ text, email, error, hasFocus }) => (
  <Field
    text={text}
    name="email"
    label={text.field.email}
    type="email"
    autocomplete="username"
    value={email}
    error={error}
    hasFocus={hasFocus}
  />
);

/** Other ways in than a password. */
const ProviderLinks: FC<EntryProps> = ({ text, interaction, providers }) =>
  providers.size === 0 ? null : (
    <div class="providers">
      <p class="or">{text.signIn.or}</p>
      {[...providers.values()].map(({ id, name }) => (
        <a class="button quiet" href={startPath(id, interaction)}>
          {text.signIn.withProvider(name)}
        </a>
      ))}
    </div>
  );

/** Where signing in with a provider begins. */
const startPath = (provider: string, interaction: string | undefined): string =>
  interaction === undefined
    ? `/sign-in/${provider}`
    : `/sign-in/${provider}?interaction=${encodeURIComponent(interaction)}`;
