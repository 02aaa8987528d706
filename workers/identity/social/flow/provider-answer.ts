import * as z from 'zod';
import { minutes } from '../../../../shared/clock.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import type { Services } from '../../context.ts';
import type { Parameters } from '../../platform/parameters.ts';

/** What came back from a provider, by whatever way. */
export type ProviderAnswer = {
  /** As it was sent. */
  readonly state: string | undefined;
  readonly code: string | undefined;
  /** RFC 6749 §4.1.2.1, or what the provider calls it. */
  readonly error: string | undefined;
  /** RFC 9207. */
  readonly iss: string | undefined;
  /** Apple's, at the first sign-in only: JSON, not signed. */
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

/**
 * An answer that came as a POST from the provider's site. Our cookies did not come along
 * (`SameSite=Lax`), so the browser is sent to ourselves with it, sealed: the code is in no URL.
 **/

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

type Sealing = Pick<Services, 'clock' | 'sealingKeys'>;

/** Good for one use, as its state is. */
export async function sealContinuation(
  answer: ProviderAnswer,
  { clock, sealingKeys }: Sealing,
): Promise<string> {
  const text = JSON.stringify({ answer, expiresAt: clock() + LIFE });
  return sealText(await sealingKeys(), PURPOSE, text);
}

/** @returns `undefined` for anything but ours, or one that has expired. */
export async function openContinuation(
  sealed: string,
  { clock, sealingKeys }: Sealing,
): Promise<ProviderAnswer | undefined> {
  const text = await unsealText(await sealingKeys(), PURPOSE, sealed);
  if (text === undefined) return undefined;
  const { answer, expiresAt } = Continuation.parse(JSON.parse(text));
  const { state, code, error, iss, user, openid } = answer;
  return clock() < expiresAt ? { state, code, error, iss, user, openid } : undefined;
}
