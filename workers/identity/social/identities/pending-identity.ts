/**
 * Somebody who came back from a provider, but has no account yet that their identity may sign in to:
 * kept by their own browser, sealed, until they have done their part.
 *
 * @module
 */

import type { Context } from 'hono';
import * as z from 'zod';
import { randomBytes, toBase64Url } from '../../../../shared/bytes.ts';
import { minutes } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import type { Account } from '../../accounts/account.ts';
import type { AppEnv } from '../../context.ts';
import { requestServices } from '../../../kit/request.ts';
import { dropCookie, readBrowserId, readCookie, writeCookie } from '../../sessions/browser-id.ts';
import { resolveIdentity } from './resolve-identity.ts';

const COOKIE = 'sallyport-pending';
const PURPOSE = 'pending identity v1';
const SECONDS = 600;
const LIFE = minutes(10);

const email = z.object({
  display: z.string(),
  normalized: z.string(),
  standing: z.enum(['unverified', 'verified', 'authoritative']),
});

const PendingIdentity = z.object({
  /** What is missing: an e-mail, or a proof that the account of the e-mail is theirs. */
  missing: z.enum(['email', 'proof']),
  provider: z.string(),
  profile: z.object({
    subject: z.string(),
    email: email.nullable(),
    displayName: z.string().nullable(),
  }),
  /** The account that is to be proved. */
  accountId: z.string().nullable(),
  interaction: z.string().nullable(),
});
export type PendingIdentity = z.output<typeof PendingIdentity>;

const Sealed = PendingIdentity.extend({
  id: z.string(),
  browser: z.string(),
  expiresAt: z.number(),
});
type Sealed = z.output<typeof Sealed>;

/** Keeps it in the browser, in place of an earlier one. */
export async function storePendingIdentity(
  c: Context<AppEnv>,
  pending: PendingIdentity,
): Promise<void> {
  const { clock, sealingKeys } = c.var.services;
  const browser = await readBrowserId(c);
  const id = toBase64Url(randomBytes(16));
  const whole = { ...pending, id, browser: browser?.hash ?? '', expiresAt: clock() + LIFE };
  const sealed = await sealText(await sealingKeys(), PURPOSE, JSON.stringify(whole));
  writeCookie(c, COOKIE, sealed, SECONDS);
}

/** Shows what is pending in this browser. Does NOT use it up. */
export const readPendingIdentity = (c: Context<AppEnv>): Promise<PendingIdentity | undefined> =>
  open(c);

/** Takes what is pending. Of several requests at once, one gets it. */
export async function takePendingIdentity(
  c: Context<AppEnv>,
): Promise<PendingIdentity | undefined> {
  const pending = await open(c);
  if (pending === undefined) return undefined;
  dropCookie(c, COOKIE);
  const { ttlStore } = c.var.services;
  const isFirst = await orUnavailable('the TTL store', async () =>
    ttlStore().putIfAbsent(`pending-identity:${pending.id}`, '1', SECONDS),
  );
  return isFirst ? pending : undefined;
}

async function open(c: Context<AppEnv>): Promise<Sealed | undefined> {
  const cookie = readCookie(c, COOKIE);
  if (cookie === undefined || cookie === '') return undefined;
  const { clock, sealingKeys } = c.var.services;
  const text = await unsealText(await sealingKeys(), PURPOSE, cookie);
  if (text === undefined) return undefined;
  const pending = Sealed.parse(JSON.parse(text));
  const browser = await readBrowserId(c);
  return pending.browser === browser?.hash && clock() < pending.expiresAt ? pending : undefined;
}

/**
 * Links the identity that waits in this browser for a proof, where the one who has just signed in is
 * whose proof it waits for. Nobody else's sign-in links anything, or ends the waiting.
 */
export async function linkPendingIdentity(c: Context<AppEnv>, account: Account): Promise<void> {
  const waiting = await readPendingIdentity(c);
  if (waiting?.missing !== 'proof' || waiting.accountId !== account.id) return;
  const services = requestServices(c);
  const provider = services.config.social.providers.get(waiting.provider);
  const pending = await takePendingIdentity(c);
  if (pending === undefined || provider === undefined) return;
  const { profile } = pending;
  const resolution = await resolveIdentity(
    { provider, profile, tokens: null, linkTo: account },
    services,
  );
  if (resolution.act === 'signed_in') return;
  const { id: accountId } = account;
  services.log({ event: 'identity.link_failed', level: 'warn', accountId, provider: provider.id });
}
