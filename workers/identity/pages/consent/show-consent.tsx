import type { Context } from 'hono';

import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ensureBrowserId } from '../../browser/browser-id.ts';
import { csrfToken } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import {
  describeInteraction,
  type InteractionDescription,
} from '../../oauth/interactions/describe-interaction.ts';
import { pagePath } from '../../oauth/interactions/interaction-paths.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import { clientName } from '../interaction/client-name.ts';
import { findWaiting, type Waiting } from '../interaction/waiting.ts';
import { findViewer, type Viewer } from '../viewer.ts';
import { ConsentPage } from './consent-page.tsx';

/** `GET /consent?interaction=` */
export async function showConsent(c: Context<AppEnv>): Promise<Response> {
  const browser = await ensureBrowserId(c);
  const waiting = await findWaiting(c, c.req.query('interaction') ?? '', browser);
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

/** What the page shows to this viewer now, in short: an answer to anything else is no answer. */
export const shownNow = async (
  c: Context<AppEnv>,
  waiting: Waiting,
  viewer: Viewer,
): Promise<string> => digest(await describe(c, waiting, viewer), viewer);

async function describe(
  c: Context<AppEnv>,
  { interaction, client }: Waiting,
  { account }: Viewer,
): Promise<InteractionDescription> {
  const agreed = await orUnavailable('the database', async () =>
    c.var.services.consents().find(account.id, client.clientId),
  );
  return describeInteraction(interaction, client, agreed);
}

async function digest(described: InteractionDescription, { account }: Viewer): Promise<string> {
  const { client, asked, redirectHost, trust } = described;
  const { name, clientUri, policyUri, tosUri } = client;
  const links = [clientUri, policyUri, tosUri];
  const shown = [account.id, client.clientId, name, links, asked, redirectHost, trust];
  return toBase64Url(await sha256(utf8(JSON.stringify(shown))));
}
