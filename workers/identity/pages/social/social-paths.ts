import { signInPath } from '../interaction/page-paths.ts';

/** Why a sign-in with a provider has led back to the sign-in page: a key of the text. */
export type SocialNotice = 'denied' | 'failed' | 'unavailable' | 'banned' | 'proof';

export const completePath = '/create-account/complete';

/** The sign-in page, which tells what happened and is the way on. For whoever is signed in, too. */
export function noticePath(
  notice: SocialNotice,
  provider: string,
  interaction: string | null,
): string {
  const path = signInPath(interaction ?? undefined);
  const query = new URLSearchParams({ account: 'other', notice, provider }).toString();
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

/** Where signing in with a provider begins. */
export const startPath = (provider: string, interaction: string | undefined): string =>
  interaction === undefined
    ? `/sign-in/${provider}`
    : `/sign-in/${provider}?interaction=${encodeURIComponent(interaction)}`;
