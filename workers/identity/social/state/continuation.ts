/**
 * An answer that came as a POST from the provider's site. Our cookies did not come along
 * (`SameSite=Lax`), so the browser is sent to ourselves with it, sealed: the code is in no URL.
 *
 * @module
 */

import * as z from 'zod';

import { minutes } from '../../../../shared/clock.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import type { Services } from '../../context.ts';
import type { ProviderAnswer } from '../flow/provider-answer.ts';

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
