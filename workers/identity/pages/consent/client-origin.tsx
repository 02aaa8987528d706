import type { FC } from 'hono/jsx';

import type { InteractionDescription } from '../../oauth/interactions/describe-interaction.ts';
import { Notice } from '../layout/notice.tsx';
import { shownText } from '../text/shown-name.ts';
import type { Text } from '../text/text.ts';
import { vouching } from './vouching.ts';

type Props = { readonly text: Text; readonly described: InteractionDescription };

/** Who vouches for a client, and where the answer goes: what its name cannot tell. */
export const ClientOrigin: FC<Props> = ({ text, described }) => {
  const { trust, redirectHost, isLocal } = described;
  const { title, detail } = vouching(trust, text);
  const isDoubtful = trust.by === 'nobody' || isLocal;
  return (
    <Notice tone={isDoubtful ? 'warning' : 'plain'}>
      <p>
        <strong>{title}</strong>
      </p>
      {detail !== undefined && <p>{detail}</p>}
      <p>
        {text.consent.returnsTo} <strong class="host">{shownText(redirectHost)}</strong>
      </p>
      {isLocal && <p>{text.consent.localMore}</p>}
    </Notice>
  );
};
