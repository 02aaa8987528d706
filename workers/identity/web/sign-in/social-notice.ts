import type { RequestContext } from '../../../kit/request.ts';
import type { SocialConfig } from '../../social/config.ts';
import {
  type PendingIdentityNeeds,
  readPendingIdentity,
} from '../../social/identities/pending-identity.ts';
import { signInPath } from '../kit/interaction.ts';
import { shownName, type Text } from '../kit/text.ts';

export type SocialNoticeNeeds = PendingIdentityNeeds & {
  readonly config: { readonly social: SocialConfig };
};

/** What the sign-in page tells somebody whom a provider has sent back without signing them in. */
export type SocialNotice = { readonly message: string; readonly email: string | undefined };

/** Reads `notice` and `provider` of the query. There is no notice for unknown values. */
export async function socialNotice(
  c: RequestContext<SocialNoticeNeeds>,
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

/** The notice names an account, so only the browser sees it in which the pending identity is stored. */
async function proofNotice(
  c: RequestContext<SocialNoticeNeeds>,
  { social }: Text,
  provider: string,
): Promise<SocialNotice | undefined> {
  const pending = await readPendingIdentity(c);
  const email = pending?.profile.email?.display;
  if (pending?.missing !== 'proof' || email === undefined) return undefined;
  return { message: social.proof(provider, shownName(email)), email };
}

/** Why a sign-in with a provider has led back to the sign-in page: a key of the text. */
export type SocialNoticeKey = 'denied' | 'failed' | 'unavailable' | 'banned' | 'proof';

/** The sign-in page with a notice. It is shown to somebody who is signed in, too. */
export function noticePath(
  notice: SocialNoticeKey,
  provider: string,
  interaction: string | null,
): string {
  const path = signInPath(interaction ?? undefined);
  const query = new URLSearchParams({ account: 'other', notice, provider }).toString();
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}
