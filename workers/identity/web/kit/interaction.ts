import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { RequestContext } from '../../../kit/request.ts';
import {
  findInteraction,
  type Interaction,
  type InteractionPage,
  pagePath,
  resumePath,
  saveInteraction,
} from '../../oauth/authorize/interaction.ts';
import type { Client } from '../../oauth/clients/client.ts';
import type { ClientDirectory } from '../../oauth/clients/client-directory.ts';
import type { BrowserId } from '../../sessions/browser-id.ts';
import { PageError } from './page-error.ts';
import { shownName } from './text.ts';

export type InteractionNeeds = { readonly ttlStore: () => TtlStore };
export type PendingInteractionNeeds = InteractionNeeds & {
  readonly clients: Pick<ClientDirectory, 'find'>;
};

/** An interaction that began in this browser, and the client that waits for its end. */
export type PendingInteraction = { readonly interaction: Interaction; readonly client: Client };

/** @throws {PageError} `interaction_over` if there is none, or its client is gone. */
export async function findPendingInteraction(
  c: RequestContext<PendingInteractionNeeds>,
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

/** The same for pages that are also shown without an interaction: an empty id says that there is none. */
export const findOptionalInteraction = async (
  c: RequestContext<PendingInteractionNeeds>,
  id: string | undefined,
  browser: BrowserId,
): Promise<PendingInteraction | undefined> =>
  id === undefined || id === '' ? undefined : findPendingInteraction(c, id, browser);

/** Saves an interaction as the page has changed it, and leaves for the authorization endpoint. */
export async function resumeInteraction(
  c: RequestContext<InteractionNeeds>,
  changed: Interaction,
): Promise<Response> {
  await orUnavailable('the interactions', async () =>
    saveInteraction(c.var.services.ttlStore(), changed),
  );
  return c.redirect(resumePath(changed.id), 303);
}

/** @param interaction - The id of the one that the page is for, if it is for one. */
export const signInPath = (interaction: string | undefined): string =>
  pathOf('sign_in', '/sign-in', interaction);

export const createAccountPath = (interaction: string | undefined): string =>
  pathOf('create_account', '/create-account', interaction);

/** The sign-in page for somebody else than who is signed in. */
export const otherAccountPath = (interaction: string): string =>
  `${signInPath(interaction)}&account=other`;

const pathOf = (page: InteractionPage, path: string, interaction: string | undefined): string =>
  interaction === undefined ? path : pagePath(page, interaction);

export type NamedClient = Pick<Client, 'name' | 'source' | 'clientId'>;

/** A client's name for people: its own, else the host of its document, else its id. */
export function clientName({ name, source, clientId }: NamedClient): string {
  if (name !== null && shownName(name) !== '') return shownName(name);
  return shownName(source === 'metadata_document' ? new URL(clientId).host : clientId);
}
