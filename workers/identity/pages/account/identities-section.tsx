import type { FC } from 'hono/jsx';

import { shownName } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';

/** An account with somebody else, which signs its owner in to this one. */
export type LinkedIdentity = {
  readonly provider: string;
  /** What the owner is called there. */
  readonly name: string;
};

type Props = { readonly text: Text; readonly identities: readonly LinkedIdentity[] };

export const IdentitiesSection: FC<Props> = ({ text, identities }) => (
  <section class="card" aria-labelledby="identities">
    <h2 id="identities">{text.account.identities}</h2>
    <ul class="rows">
      {identities.map(({ provider, name }) => (
        <li>{text.account.identity(provider, shownName(name))}</li>
      ))}
    </ul>
  </section>
);
