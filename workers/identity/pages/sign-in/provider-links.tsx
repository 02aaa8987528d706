import type { FC } from 'hono/jsx';

import type { Text } from '../text/text.ts';
import type { SocialProviders } from './social-providers.ts';

type Props = {
  readonly text: Text;
  readonly interaction: string | undefined;
  readonly providers: SocialProviders;
};

/** Other ways in than a password. */
export const ProviderLinks: FC<Props> = ({ text, interaction, providers }) =>
  providers.length === 0 ? null : (
    <div class="providers">
      <p class="or">{text.signIn.or}</p>
      {providers.map(({ name, startPath }) => (
        <a class="button quiet" href={startPath(interaction)}>
          {text.signIn.withProvider(name)}
        </a>
      ))}
    </div>
  );
