import type { Context } from 'hono';

import type { AppEnv } from '../../context.ts';
import { readPending } from '../../social/pending/pending-identity.ts';
import { shownName } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';

/** What the sign-in page tells somebody whom a provider has sent back without signing them in. */
export type SocialNotice = { readonly message: string; readonly email: string | undefined };

/** Reads `notice` and `provider` of the query. Says nothing for what it does not know. */
export async function socialNotice(
  c: Context<AppEnv>,
  text: Text,
): Promise<SocialNotice | undefined> {
  const provider = c.var.services.config.social.providers.get(c.req.query('provider') ?? '');
  if (provider === undefined) return undefined;
  const notice = c.req.query('notice') ?? '';
  if (notice === 'proof') return proofNotice(c, text, provider.name);
  const messages: Readonly<Record<string, (name: string) => string>> = text.social.notices;
  const message = Object.hasOwn(messages, notice) ? messages[notice] : undefined;
  return message && { message: message(provider.name), email: undefined };
}

/** Only where somebody waits in this browser: nobody else is told of an account. */
async function proofNotice(
  c: Context<AppEnv>,
  { social }: Text,
  provider: string,
): Promise<SocialNotice | undefined> {
  const pending = await readPending(c);
  const email = pending?.profile.email?.display;
  if (pending?.missing !== 'proof' || email === undefined) return undefined;
  return { message: social.proof(provider, shownName(email)), email };
}
