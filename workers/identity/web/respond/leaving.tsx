/**
 * A page before a client's address, so that a link to us is no link to whoever registered a client
 * (RFC 9700 §4.11.2).
 *
 * Everybody can register a client, and then make a link to this server that ends at an address of their
 * choice: by a request that must be refused, by `prompt=none`, or by a logout of nobody. Whoever trusts our
 * name follows it. So where nobody vouches for the client and no person has acted for it in this browser,
 * the page names the address, and the person goes on or does not.
 *
 * @module
 */

import type { FC } from 'hono/jsx';
import { shownText } from '../../../../shared/shown-text.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { redirectHost } from '../../oauth/authorize/consent.ts';
import { type Client, isVettedClient } from '../../oauth/clients/client.ts';
import { isFramed } from '../../platform/navigation.ts';
import { ClientNotice } from '../consent/client-notice.tsx';
import { type RenderPageNeeds, renderPage } from '../kit/layout.tsx';
import { pageText, type Text } from '../kit/text.ts';
import type { ClientAnswer } from './respond.ts';

/**
 * Whether the browser may be redirected to a client for which nobody in it has acted. Inside of a frame it
 * may: what a frame shows is the choice of the page around it, whose address the person sees, and clients
 * renew their tokens there (`prompt=none`), where no page of ours can be shown.
 */
export const mayRedirectUnasked = ({ req }: RequestContext<unknown>, client: Client): boolean =>
  isVettedClient(client) || isFramed(req.raw);

export type Leaving = {
  readonly client: Client;
  readonly answer: ClientAnswer;
  readonly title: string;
  /** For the client's developer. */
  readonly code?: string;
};

/** Names where the link leads, and leads there when the person wants to. */
export function showLeaving(
  c: RequestContext<RenderPageNeeds>,
  leaving: Leaving,
): Promise<Response> {
  const text = pageText(c);
  const { answer, title } = leaving;
  return renderPage(c, {
    text,
    title,
    isSentToClient: answer.by === 'form',
    content: <LeavingPage text={text} {...leaving} />,
  });
}

/** It does not show the client's name: that is the client's choice, too. */
const LeavingPage: FC<Leaving & { readonly text: Text }> = (view) => {
  const { text, client, answer, title, code } = view;
  const address = answer.by === 'url' ? answer.url : answer.redirectUri;
  return (
    <section class="card">
      <h1>{title}</h1>
      <p>
        {text.leaving.goesTo} <strong class="host">{shownText(redirectHost(address))}</strong>
      </p>
      <ClientNotice text={text} client={client} warning={text.leaving.warning} />
      <Onward text={text} answer={answer} />
      <a class="button quiet" href="/">
        {text.leaving.stay}
      </a>
      {code !== undefined && (
        <details>
          <summary>{text.error.details}</summary>
          <p>
            <code>{code}</code>
          </p>
        </details>
      )}
    </section>
  );
};

const Onward: FC<{ readonly text: Text; readonly answer: ClientAnswer }> = ({ text, answer }) =>
  answer.by === 'url' ? (
    <a class="button" href={answer.url} rel="noreferrer nofollow">
      {text.leaving.goOn}
    </a>
  ) : (
    <form method="post" action={answer.redirectUri}>
      {Object.entries(answer.members).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit">{text.leaving.goOn}</button>
    </form>
  );
