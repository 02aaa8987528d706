import type { Context } from 'hono';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AppEnv } from '../../context.ts';
import {
  findInteraction,
  type Interaction,
  type InteractionPage,
  pagePath,
  resumePath,
  saveInteraction,
} from '../../oauth/authorize/interaction.ts';
import type { Client } from '../../oauth/clients/client.ts';
import type { BrowserId } from '../../sessions/browser-id.ts';
import { PageError } from './page-error.ts';
import { shownName } from './text.ts';

/** An interaction that began in this browser, and the client that waits for its end. */
export type PendingInteraction = { readonly interaction: Interaction; readonly client: Client };

/** @throws {PageError} `interaction_over` if there is none, or its client is gone. */
export async function findPendingInteraction(
  c: Context<AppEnv>,
  id: string,
  browser: BrowserId,
): Promise<PendingInteraction> {
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
export const findOptionalInteraction = async (
  c: Context<AppEnv>,
  id: string | undefined,
  browser: BrowserId,
): Promise<PendingInteraction | undefined> =>
  id === undefined || id === '' ? undefined : findPendingInteraction(c, id, browser);

/** Keeps an interaction as the page has moved it on, and leaves for the authorization endpoint. */
export async function resumeInteraction(c: Context<AppEnv>, moved: Interaction): Promise<Response> {
  await orUnavailable('the interactions', async () =>
    saveInteraction(c.var.services.ttlStore(), moved),
  );
  return c.redirect(resumePath(moved.id), 303);
}

/** Paths of pages that make sense by themselves, too. */
export const signInPath = (interaction: string | undefined): string =>
  pathOf('sign_in', '/sign-in', interaction);

export const createAccountPath = (interaction: string | undefined): string =>
  pathOf('create_account', '/create-account', interaction);

/** For somebody else than who is signed in. */
export const otherAccountPath = (interaction: string): string =>
  `${signInPath(interaction)}&account=other`;

const pathOf = (page: InteractionPage, path: string, interaction: string | undefined): string =>
  interaction === undefined ? path : pagePath(page, interaction);

export type NamedClient = Pick<Client, 'name' | 'source' | 'clientId'>;

/** What a client is called: as it calls itself, else the host of its document, else its id. */
export function clientName({ name, source, clientId }: NamedClient): string {
  if (name !== null && shownName(name) !== '') return shownName(name);
  return shownName(source === 'metadata_document' ? new URL(clientId).host : clientId);
}
