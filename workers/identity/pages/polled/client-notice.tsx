import type { FC } from 'hono/jsx';

import type { Client } from '../../oauth/clients/client.ts';
import { trustIn } from '../../oauth/interactions/describe-interaction.ts';
import { vouching } from '../consent/vouching.ts';
import { Notice } from '../layout/notice.tsx';
import type { Text } from '../text/text.ts';

type Props = {
  readonly text: Text;
  readonly client: Pick<Client, 'source' | 'clientId'>;
  /** What to look out for. */
  readonly warning: string;
};

/** Who vouches for the client, and a warning: whoever began the request may want to deceive. */
export const ClientNotice: FC<Props> = ({ text, client, warning }) => (
  <Notice tone="warning">
    <p>
      <strong>{vouching(trustIn(client), text).title}</strong>
    </p>
    <p>{warning}</p>
  </Notice>
);
