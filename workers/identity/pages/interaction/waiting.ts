import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { BrowserId } from '../../browser/browser-id.ts';
import type { AppEnv } from '../../context.ts';
import type { Client } from '../../oauth/clients/client.ts';
import { findInteraction, type Interaction } from '../../oauth/interactions/interaction.ts';
import { PageError } from '../errors/page-error.ts';

/** An interaction that began in this browser, and the client that waits for its end. */
export type Waiting = { readonly interaction: Interaction; readonly client: Client };

/** @throws {PageError} `interaction_over` if there is none, or its client is gone. */
export async function findWaiting(
  c: Context<AppEnv>,
  id: string,
  browser: BrowserId,
): Promise<Waiting> {
  const { ttlStore, clients } = c.var.services;
  const interaction = await orUnavailable('the interactions', async () =>
    findInteraction(ttlStore(), id, browser.hash),
  );
  if (interaction === undefined) throw new PageError('interaction_over');
  const client = await clients.find(interaction.request.clientId);
  if (client === undefined) throw new PageError('interaction_over');
  return { interaction, client };
}

/** For pages that make sense by themselves, too. */
export const findAnyWaiting = async (
  c: Context<AppEnv>,
  id: string | undefined,
  browser: BrowserId,
): Promise<Waiting | undefined> =>
  id === undefined || id === '' ? undefined : findWaiting(c, id, browser);
