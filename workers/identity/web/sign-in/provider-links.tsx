import type { Context } from 'hono';
import type { FC } from 'hono/jsx';
import type { AppEnv } from '../../context.ts';
import type { SocialConfig } from '../../social/config.ts';
import { readPendingIdentity } from '../../social/identities/pending-identity.ts';
import { signInPath } from '../kit/interaction.ts';
import { shownName, type Text } from '../kit/text.ts';

type Props = {
  readonly text: Text;
  readonly interaction: string | undefined;
  readonly providers: SocialConfig['providers'];
};

/** Other ways in than a password. */
export const ProviderLinks: FC<Props> = ({ text, interaction, providers }) =>
  providers.size === 0 ? null : (
    <div class="providers">
      <p class="or">{text.signIn.or}</p>
      {[...providers.values()].map(({ id, name }) => (
        <a class="button quiet" href={startPath(id, interaction)}>
          {text.signIn.withProvider(name)}
        </a>
      ))}
    </div>
  );

/** Where signing in with a provider begins. `interaction`: the id of the one it is for. */
const startPath = (provider: string, interaction: string | undefined): string =>
  interaction === undefined
    ? `/sign-in/${provider}`
    : `/sign-in/${provider}?interaction=${encodeURIComponent(interaction)}`;

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
  const pending = await readPendingIdentity(c);
  const email = pending?.profile.email?.display;
  if (pending?.missing !== 'proof' || email === undefined) return undefined;
  return { message: social.proof(provider, shownName(email)), email };
}

/** Why a sign-in with a provider has led back to the sign-in page: a key of the text. */
export type SocialNoticeKey = 'denied' | 'failed' | 'unavailable' | 'banned' | 'proof';

export const completePath = '/create-account/complete';

/** The sign-in page, which tells what happened and is the way on. For whoever is signed in, too. */
export function noticePath(
  notice: SocialNoticeKey,
  provider: string,
  interaction: string | null,
): string {
  const path = signInPath(interaction ?? undefined);
  const query = new URLSearchParams({ account: 'other', notice, provider }).toString();
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}
