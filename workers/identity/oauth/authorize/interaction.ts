/**
 * An interaction: an authorization request that waits in the TTL store while pages ask its user to sign
 * in and to agree. `/oauth2/authorize` begins it, pages change it, `/oauth2/authorize/resume` ends it.
 *
 * @module
 */

import { toBase64Url } from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { AuthorizationRequest } from './authorization-request.ts';

/** How long a user may take, in seconds. */
const INTERACTION_SECONDS = 1_800;

export type Interaction = {
  /** 128 random bits, base64url. It is in the URLs of the pages, and is good in one browser only. */
  readonly id: string;
  /** The hash of the id of the browser in which it began. */
  readonly browser: string;
  readonly request: AuthorizationRequest;
  /**
   * Names the pushed request that it is, which its code uses up. Absent: it was not pushed, or was used up
   * when the version before began the interaction.
   */
  readonly pushedId?: string;
  readonly startedAt: Millis;
  /** Who signed in in this interaction, or chose to go on with their account, and when. */
  readonly signedIn: { readonly accountId: string; readonly at: Millis } | null;
  /** The answer on the consent page of this interaction, and whose it is. */
  readonly consent: {
    readonly answer: 'allowed' | 'denied';
    readonly accountId: string;
  } | null;
};

const keyOf = (id: string): string => `interaction:${id}`;

const SHAPE = /^[A-Za-z0-9_-]{22}$/;

export const newInteractionId = (): string =>
  toBase64Url(crypto.getRandomValues(new Uint8Array(16)));

export async function saveInteraction(store: TtlStore, interaction: Interaction): Promise<void> {
  await store.put(keyOf(interaction.id), JSON.stringify(interaction), INTERACTION_SECONDS);
}

/** @returns `undefined` if there is none, or it began in another browser. */
export async function findInteraction(
  store: TtlStore,
  id: string,
  browser: string,
): Promise<Interaction | undefined> {
  if (!SHAPE.test(id)) return undefined;
  return ofBrowser(await store.get(keyOf(id)), browser);
}

/** Reads it and ends it: of several requests at once, one gets it. */
export async function takeInteraction(
  store: TtlStore,
  id: string,
  browser: string,
): Promise<Interaction | undefined> {
  const found = await findInteraction(store, id, browser);
  return found === undefined ? undefined : ofBrowser(await store.take(keyOf(id)), browser);
}

function ofBrowser(text: string | undefined, browser: string): Interaction | undefined {
  if (text === undefined) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this module writes the key
  const interaction = JSON.parse(text) as Interaction;
  return interaction.browser === browser ? interaction : undefined;
}

/** The user has signed in here, or chose to go on with their account. Save what comes back. */
export const signedIn = (
  interaction: Interaction,
  accountId: AccountId,
  at: Millis,
): Interaction => ({ ...interaction, signedIn: { accountId, at } });

/** The user agreed. Store their consent first (`consentGrant`), then save what comes back. */
export const consented = (interaction: Interaction, accountId: AccountId): Interaction => ({
  ...interaction,
  consent: { answer: 'allowed', accountId },
});

/** The user did not agree. Save what comes back. */
export const denied = (interaction: Interaction, accountId: AccountId): Interaction => ({
  ...interaction,
  consent: { answer: 'denied', accountId },
});

/** Paths of the issuer's pages. */
export const INTERACTION_PAGES = {
  sign_in: '/sign-in',
  select_account: '/sign-in',
  consent: '/consent',
  create_account: '/create-account',
} as const;
export type InteractionPage = keyof typeof INTERACTION_PAGES;

export const pagePath = (page: InteractionPage, id: string): string =>
  pathWith(INTERACTION_PAGES[page], id);

/** Where a page sends the browser when its part is done. */
export const resumePath = (id: string): string => pathWith('/oauth2/authorize/resume', id);

const pathWith = (path: string, id: string): string =>
  `${path}?interaction=${encodeURIComponent(id)}`;
