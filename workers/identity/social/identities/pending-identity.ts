/**
 * Somebody who came back from a provider, but whose identity may not sign in to an account yet.
 * Their own browser stores it, sealed in a cookie, until they have given what is missing.
 *
 * @module
 */

import * as z from 'zod';
import { randomBytes, toBase64Url } from '../../../../shared/bytes.ts';
import { type Clock, minutes } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { type RequestContext, requestServices } from '../../../kit/request.ts';
import type { Account } from '../../accounts/account.ts';
import { readBrowserId } from '../../sessions/browser-id.ts';
import { type CookieNeeds, dropCookie, readCookie, writeCookie } from '../../sessions/cookies.ts';
import type { FindProviderNeeds } from '../flow/begin-sign-in.ts';
import type { ProviderProfile } from '../providers/provider.ts';
import { type ResolveIdentityNeeds, resolveIdentity } from './resolve-identity.ts';

const COOKIE = 'sallyport-pending';
const PURPOSE = 'pending identity v1';
const SECONDS = 600;
const LIFE = minutes(10);

export type PendingIdentity = {
  /** What is missing: an e-mail, or a proof that the account of the e-mail is theirs. */
  readonly missing: 'email' | 'proof';
  readonly provider: string;
  readonly profile: ProviderProfile;
  /** The account that is to be proved. */
  readonly accountId: string | null;
  readonly interaction: string | null;
};

export type PendingIdentityNeeds = CookieNeeds & {
  readonly clock: Clock;
  readonly sealingKeys: () => Promise<SealingKeys>;
};

/** Stores it in the browser, in place of an earlier one. */
export async function storePendingIdentity(
  c: RequestContext<PendingIdentityNeeds>,
  pending: PendingIdentity,
): Promise<void> {
  const { clock, sealingKeys } = c.var.services;
  const browser = await readBrowserId(c);
  const text = JSON.stringify({
    ...pending,
    profile: { ...pending.profile, email: toSealedEmail(pending.profile) },
    id: toBase64Url(randomBytes(16)),
    browser: browser?.hash ?? '',
    expiresAt: clock() + LIFE,
  });
  writeCookie(c, COOKIE, await sealText(await sealingKeys(), PURPOSE, text), SECONDS);
}

function toSealedEmail({ email }: ProviderProfile): z.input<typeof SealedEmail> | null {
  if (email === null) return null;
  const { trust, ...address } = email;
  return { ...address, standing: trust };
}

/** Reads what is pending in this browser. Does NOT use it up. */
export const readPendingIdentity = (
  c: RequestContext<PendingIdentityNeeds>,
): Promise<PendingIdentity | undefined> => unseal(c);

export type TakePendingIdentityNeeds = PendingIdentityNeeds & {
  readonly ttlStore: () => TtlStore;
};

/** Takes what is pending. Of several requests at once, one gets it. */
export async function takePendingIdentity(
  c: RequestContext<TakePendingIdentityNeeds>,
): Promise<PendingIdentity | undefined> {
  const pending = await unseal(c);
  if (pending === undefined) return undefined;
  dropCookie(c, COOKIE);
  const { ttlStore } = c.var.services;
  const isFirst = await orUnavailable('the TTL store', async () =>
    ttlStore().putIfAbsent(`pending-identity:${pending.id}`, '1', SECONDS),
  );
  return isFirst ? pending : undefined;
}

/** `standing` is the `trust` of the address, under the name that sealed cookies of earlier versions have. */
const SealedEmail = z
  .object({
    display: z.string(),
    normalized: z.string(),
    standing: z.enum(['unverified', 'verified', 'authoritative']),
  })
  .transform(({ standing: trust, ...address }) => ({ ...address, trust }));

const Sealed = z.object({
  missing: z.enum(['email', 'proof']),
  provider: z.string(),
  profile: z.object({
    subject: z.string(),
    email: SealedEmail.nullable(),
    displayName: z.string().nullable(),
    // Cookies of earlier versions lack these.
    firstName: z.string().nullable().default(null),
    lastName: z.string().nullable().default(null),
    avatarUrl: z.string().nullable().default(null),
  }),
  accountId: z.string().nullable(),
  interaction: z.string().nullable(),
  id: z.string(),
  /** The hash of the browser's id. */
  browser: z.string(),
  expiresAt: z.number(),
});

async function unseal(
  c: RequestContext<PendingIdentityNeeds>,
): Promise<z.output<typeof Sealed> | undefined> {
  const cookie = readCookie(c, COOKIE);
  if (cookie === undefined || cookie === '') return undefined;
  const { clock, sealingKeys } = c.var.services;
  const text = await unsealText(await sealingKeys(), PURPOSE, cookie);
  if (text === undefined) return undefined;
  const pending = Sealed.parse(JSON.parse(text));
  const browser = await readBrowserId(c);
  return pending.browser === browser?.hash && clock() < pending.expiresAt ? pending : undefined;
}

export type LinkPendingIdentityNeeds = TakePendingIdentityNeeds &
  FindProviderNeeds &
  ResolveIdentityNeeds;

/**
 * Links the identity that waits in this browser for a proof, if the account that has just signed in is
 * the one that it waits for. The sign-in of another account links nothing, and leaves it waiting.
 */
export async function linkPendingIdentity(
  c: RequestContext<LinkPendingIdentityNeeds>,
  account: Account,
): Promise<void> {
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
