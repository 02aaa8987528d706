import * as z from 'zod';
import { randomBytes, toBase64Url } from '../../../../shared/bytes.ts';
import { type Clock, type Millis, minutes } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { AccountId } from '../../../../shared/ids.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { type BrowserId, readBrowserId } from '../../sessions/browser-id.ts';
import type { CookieNeeds } from '../../sessions/cookies.ts';
import type { Provider } from '../providers/provider.ts';
import type { ProviderAnswer } from './provider-answer.ts';

export type TakeStateNeeds = OpenStateNeeds & CookieNeeds & { readonly ttlStore: () => TtlStore };

/**
 * Takes the state of an answer. The sign-in must have begun here, with this provider (RFC 9700
 * §4.4), in this browser (§4.7) and not long ago, and the state must come back for the first time.
 * Another browser that brings it does not use it up.
 *
 * @throws {Problem} `SOCIAL_STATE_INVALID`
 */
export async function takeState(
  c: RequestContext<TakeStateNeeds>,
  { id }: Provider,
  answer: Pick<ProviderAnswer, 'state'>,
): Promise<SocialState> {
  const { services } = c.var;
  const state = await openState(answer.state ?? '', id, services);
  const browser = await readBrowserId(c);
  if (state === undefined || state.browser !== browser?.hash) throw refusal();
  const isFirst = await orUnavailable('the TTL store', async () =>
    consumeState(state, services.ttlStore()),
  );
  if (!isFirst) throw refusal();
  return state;
}

const refusal = () => new Problem('SOCIAL_STATE_INVALID');

export const STATE_SECONDS = 600;
const LIFE: Millis = minutes(10);
const PURPOSE = 'social sign-in state v1';

const accountId = z.string().transform((text) => AccountId.restore(text));

/** Where the sign-in began, which decides how it is finished. */
const Purpose = z.discriminatedUnion('kind', [
  /** A page of ours. The browser is signed in, and goes on with its interaction. */
  z.object({ kind: z.literal('page'), interaction: z.string().nullable() }),
  /** A client of our own API, which gets tokens. */
  z.object({ kind: z.literal('api') }),
  /** The account page. The identity is linked to this account. */
  z.object({ kind: z.literal('link'), accountId }),
]);
export type SocialPurpose = z.output<typeof Purpose>;

/**
 * What a sign-in at a provider needs when the browser comes back. It is sealed into the `state`
 * parameter (RFC 6749 §10.12), so that nothing is stored for sign-ins that nobody finishes.
 */
const State = z.object({
  id: z.string(),
  provider: z.string(),
  /** The hash of the id of the browser in which it began. */
  browser: z.string(),
  purpose: Purpose,
  codeVerifier: z.string(),
  nonce: z.string(),
  expiresAt: z.number(),
});
export type SocialState = z.output<typeof State>;

const random = (bytes: number): string => toBase64Url(randomBytes(bytes));

export const newSocialState = (
  provider: string,
  browser: BrowserId,
  purpose: SocialPurpose,
  now: Millis,
): SocialState => ({
  id: random(16),
  provider,
  browser: browser.hash,
  purpose,
  codeVerifier: random(32),
  nonce: random(32),
  expiresAt: now + LIFE,
});

export type SealStateNeeds = { readonly sealingKeys: () => Promise<SealingKeys> };
export type OpenStateNeeds = SealStateNeeds & { readonly clock: Clock };

export const sealState = async (
  state: SocialState,
  { sealingKeys }: SealStateNeeds,
): Promise<string> => sealText(await sealingKeys(), PURPOSE, JSON.stringify(state));

/**
 * Reads a state of ours for this provider (RFC 9700 §4.4: the path of the callback names it).
 *
 * @returns `undefined` for anything else, and for a state that has expired.
 */
export async function openState(
  text: string,
  provider: string,
  { sealingKeys, clock }: OpenStateNeeds,
): Promise<SocialState | undefined> {
  const opened = await unsealText(await sealingKeys(), PURPOSE, text);
  if (opened === undefined) return undefined;
  const state = State.parse(JSON.parse(opened));
  return state.provider === provider && clock() < state.expiresAt ? state : undefined;
}

/** Uses the state up. `false`: it was used before. Of several at once, one gets `true`. */
const consumeState = ({ id }: SocialState, ttlStore: TtlStore): Promise<boolean> =>
  ttlStore.putIfAbsent(`social-state:${id}`, '1', STATE_SECONDS);
