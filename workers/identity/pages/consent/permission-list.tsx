import type { FC } from 'hono/jsx';

import type { Consent } from '../../oauth/consents/consent-store.ts';
import type { Text } from '../text/text.ts';
import { DetailView } from './authorization-detail.tsx';
import { permissionSentences } from './permissions.ts';

export type Permissions = Pick<Consent, 'scopes' | 'claims' | 'resources' | 'authorizationDetails'>;

type Props = { readonly text: Text; readonly permissions: Permissions };

/** Everything that a client gets. */
export const PermissionList: FC<Props> = ({ text, permissions }) => (
  <ul class="permissions">
    {permissionSentences(permissions, text).map((sentence) => (
      <li>{sentence}</li>
    ))}
    {permissions.authorizationDetails.map((detail) => (
      <li>
        <DetailView text={text} detail={detail} />
      </li>
    ))}
  </ul>
);
