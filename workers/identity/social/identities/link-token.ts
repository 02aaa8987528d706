/**
 * The token in the account page's links to a provider. It proves that our own page, shown to this
 * account in this browser, offered to link this provider, so that another site cannot make the browser
 * link an identity of the site's choice.
 *
 * @module
 */

import * as z from 'zod';

import { type Clock, minutes } from '../../../../shared/clock.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import type { BrowserId } from '../../sessions/browser-id.ts';

const PURPOSE = 'link identity v1';
const LIFE = minutes(30);

const Token = z.object({
  provider: z.string(),
  accountId: z.string(),
  browser: z.string(),
  expiresAt: z.number(),
});

export type LinkOffer = {
  readonly provider: string;
  readonly accountId: AccountId;
  readonly browser: BrowserId;
};

export type LinkTokenNeeds = {
  readonly clock: Clock;
  readonly sealingKeys: () => Promise<SealingKeys>;
};

export async function linkToken(
  { provider, accountId, browser }: LinkOffer,
  { clock, sealingKeys }: LinkTokenNeeds,
): Promise<string> {
  const token = { provider, accountId, browser: browser.hash, expiresAt: clock() + LIFE };
  return sealText(await sealingKeys(), PURPOSE, JSON.stringify(token));
}

/** Whether `text` is the token of exactly this offer. */
export async function isLinkToken(
  text: string,
  { provider, accountId, browser }: LinkOffer,
  { clock, sealingKeys }: LinkTokenNeeds,
): Promise<boolean> {
  const opened = await unsealText(await sealingKeys(), PURPOSE, text);
  if (opened === undefined) return false;
  const token = Token.parse(JSON.parse(opened));
  return (
    token.provider === provider &&
    token.accountId === accountId &&
    token.browser === browser.hash &&
    clock() < token.expiresAt
  );
}
