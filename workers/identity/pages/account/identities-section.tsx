import type { FC } from 'hono/jsx';

import { Form } from '../layout/form.tsx';
import { shownName } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';

/** An account with somebody else, which signs its owner in to this one. */
export type LinkedIdentity = {
  readonly provider: string;
  readonly subject: string;
  readonly providerName: string;
  /** What the owner is called there. */
  readonly name: string;
};

export type IdentitiesState = {
  readonly linked: readonly LinkedIdentity[];
  /** Where linking another one begins. */
  readonly offers: readonly { readonly name: string; readonly path: string }[];
};

type Props = { readonly text: Text; readonly csrf: string; readonly identities: IdentitiesState };

export const IdentitiesSection: FC<Props> = ({ text, csrf, identities: { linked, offers } }) => (
  <section class="card" aria-labelledby="identities">
    <h2 id="identities">{text.account.identities}</h2>
    {linked.length > 0 && (
      <ul class="rows">
        {linked.map((identity) => (
          <IdentityRow text={text} csrf={csrf} {...identity} />
        ))}
      </ul>
    )}
    <p class="offers">
      {offers.map(({ name, path }) => (
        <a class="button quiet small" href={path}>
          {text.account.link(name)}
        </a>
      ))}
    </p>
  </section>
);

const IdentityRow: FC<LinkedIdentity & Pick<Props, 'text' | 'csrf'>> = (props) => {
  const { text, csrf, provider, subject, providerName, name } = props;
  const shown = text.account.identity(providerName, shownName(name));
  return (
    <li>
      <div class="row-text">
        <p class="row-name">{shown}</p>
      </div>
      <Form action="/account/identities/unlink" csrf={csrf} hidden={{ provider, subject }}>
        <button type="submit" class="quiet small" aria-label={text.account.unlinkOf(shown)}>
          {text.account.unlink}
        </button>
      </Form>
    </li>
  );
};
