/**
 * An authorization request that waits for its user: kept in the TTL store while pages ask them to
 * sign in and to agree. `/oauth2/authorize` begins it, pages move it on, `/oauth2/authorize/resume`
 * ends it.
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
  /** 128 random bits, base64url. In the URL of the pages: worth nothing in another browser. */
  readonly id: string;
  /** The hash of the id of the browser in which it began. */
  readonly browser: string;
  readonly request: AuthorizationRequest;
  readonly startedAt: Millis;
  /** When the user signed in (or chose to go on as who they are) in this interaction, and who. */
  readonly signedIn: { readonly accountId: string; readonly at: Millis } | null;
  /** What was said on the consent page of this interaction, and by whom: nobody else said it. */
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

/**
 * How pages move an interaction on. Save what comes back.
 **/

/** The user has signed in here, or chose to go on as who they are. */
export const signedIn = (
  interaction: Interaction,
  accountId: AccountId,
  at: Millis,
): Interaction => ({ ...interaction, signedIn: { accountId, at } });

/** The user agreed. Store what they agreed to first: `consentGrant`. */
export const consented = (interaction: Interaction, accountId: AccountId): Interaction => ({
  ...interaction,
  consent: { answer: 'allowed', accountId },
});

export const denied = (interaction: Interaction, accountId: AccountId): Interaction => ({
  ...interaction,
  consent: { answer: 'denied', accountId },
});

/** Where an interaction takes place. Paths of the issuer, whose pages they are. */
const at = (path: string, id: string): string => `${path}?interaction=${encodeURIComponent(id)}`;

export const INTERACTION_PAGES = {
  sign_in: '/sign-in',
  select_account: '/sign-in',
  consent: '/consent',
  create_account: '/create-account',
} as const;
export type InteractionPage = keyof typeof INTERACTION_PAGES;

export const pagePath = (page: InteractionPage, id: string): string =>
  at(INTERACTION_PAGES[page], id);

/** Where a page sends the browser when its part is done. */
export const resumePath = (id: string): string => at('/oauth2/authorize/resume', id);
