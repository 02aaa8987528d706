import * as z from 'zod';
import { type Clock, minutes } from '../../../../shared/clock.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import type { Parameters } from '../../platform/parameters.ts';

/** What came back from a provider, in a query or a form. */
export type ProviderAnswer = {
  /** As we sent it. */
  readonly state: string | undefined;
  readonly code: string | undefined;
  /** RFC 6749 §4.1.2.1, or what the provider calls it. */
  readonly error: string | undefined;
  /** RFC 9207. */
  readonly iss: string | undefined;
  /** Apple sends it at the first sign-in only: JSON that nobody has signed. */
  readonly user: string | undefined;
  /** OpenID 2.0 (`openid.*`). */
  readonly openid: Readonly<Record<string, string>>;
};

export function readAnswer(parameters: Parameters): ProviderAnswer {
  const openid = parameters.names().filter((name) => name.startsWith('openid.'));
  return {
    state: parameters.get('state'),
    code: parameters.get('code'),
    error: parameters.get('error'),
    iss: parameters.get('iss'),
    user: parameters.get('user'),
    openid: Object.fromEntries(openid.map((name) => [name, parameters.get(name) ?? ''])),
  };
}

const PURPOSE = 'social sign-in answer v1';
const LIFE = minutes(2);

const Continuation = z.object({
  answer: z.object({
    state: z.string().optional(),
    code: z.string().optional(),
    error: z.string().optional(),
    iss: z.string().optional(),
    user: z.string().optional(),
    openid: z.record(z.string(), z.string()),
  }),
  expiresAt: z.number(),
});

export type ContinuationNeeds = {
  readonly clock: Clock;
  readonly sealingKeys: () => Promise<SealingKeys>;
};

/**
 * Seals an answer that came as a POST from the provider's site. Our cookies did not come along with it
 * (`SameSite=Lax`), so the browser is redirected to ourselves with the sealed answer: no URL shows the
 * code. It is good for one use, as its state is.
 */
export async function sealContinuation(
  answer: ProviderAnswer,
  { clock, sealingKeys }: ContinuationNeeds,
): Promise<string> {
  const text = JSON.stringify({ answer, expiresAt: clock() + LIFE });
  return sealText(await sealingKeys(), PURPOSE, text);
}

/** @returns `undefined` for what we did not seal, and for what has expired. */
export async function openContinuation(
  sealed: string,
  { clock, sealingKeys }: ContinuationNeeds,
): Promise<ProviderAnswer | undefined> {
  const text = await unsealText(await sealingKeys(), PURPOSE, sealed);
  if (text === undefined) return undefined;
  const { answer, expiresAt } = Continuation.parse(JSON.parse(text));
  const { state, code, error, iss, user, openid } = answer;
  return clock() < expiresAt ? { state, code, error, iss, user, openid } : undefined;
}
