import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AppEnv } from '../../context.ts';
import { consentGrant } from '../../oauth/interactions/describe-interaction.ts';
import { pagePath } from '../../oauth/interactions/interaction-paths.ts';
import { consented, denied } from '../../oauth/interactions/transitions.ts';
import { PageError } from '../errors/page-error.ts';
import { readOwnForm } from '../forms/own-form.ts';
import { goOn } from '../interaction/go-on.ts';
import { findWaiting, type Waiting } from '../interaction/waiting.ts';
import { findViewer, type Viewer } from '../viewer.ts';
import { shownNow } from './show-consent.tsx';

/** `POST /consent`: acts on what the page showed, or shows it anew. */
export async function answerConsent(c: Context<AppEnv>): Promise<Response> {
  const { form, browser } = await readOwnForm(c);
  const waiting = await findWaiting(c, form.get('interaction') ?? '', browser);
  const viewer = await findViewer(c);
  const { interaction } = waiting;
  if (viewer === undefined) return c.redirect(pagePath('sign_in', interaction.id), 303);
  // Somebody else may have signed in meanwhile, or the client may have changed what it is called.
  if (form.get('shown') !== (await shownNow(c, waiting, viewer))) {
    return c.redirect(pagePath('consent', interaction.id), 303);
  }
  const answer = form.get('answer');
  if (answer === 'allow') return allow(c, waiting, viewer);
  if (answer === 'deny') return goOn(c, denied(interaction, viewer.account.id));
  throw new PageError('form_malformed');
}

async function allow(
  c: Context<AppEnv>,
  { interaction, client }: Waiting,
  { account }: Viewer,
): Promise<Response> {
  const { services } = c.var;
  const grant = consentGrant(interaction, client, account.id);
  await orUnavailable('the database', async () =>
    services.consents().grant(grant, services.clock()),
  );
  return goOn(c, consented(interaction, account.id));
}
