import type { FC } from 'hono/jsx';
import { shownText } from '../../../../shared/shown-text.ts';
import {
  type ClientTrust,
  type InteractionDescription,
  trustIn,
} from '../../oauth/authorize/consent.ts';
import type { Client } from '../../oauth/clients/client.ts';
import { Notice } from '../kit/layout.tsx';
import type { Text } from '../kit/text.ts';

type ClientOriginProps = { readonly text: Text; readonly described: InteractionDescription };

/** Who vouches for a client, and where the answer goes: the client's name proves neither. */
export const ClientOrigin: FC<ClientOriginProps> = ({ text, described }) => {
  const { trust, redirectHost, isLocal } = described;
  const { title, detail } = describeTrust(trust, text);
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

type ClientNoticeProps = {
  readonly text: Text;
  readonly client: Pick<Client, 'source' | 'clientId'>;
  /** What the user should look out for. */
  readonly warning: string;
};

/** Who vouches for the client, with a warning: the request may have been begun to deceive its user. */
export const ClientNotice: FC<ClientNoticeProps> = ({ text, client, warning }) => (
  <Notice tone="warning">
    <p>
      <strong>{describeTrust(trustIn(client), text).title}</strong>
    </p>
    <p>{warning}</p>
  </Notice>
);

type TrustDescription = { readonly title: string; readonly detail?: string };

/** The page's text on who vouches for a client. */
function describeTrust(trust: ClientTrust, { consent }: Text): TrustDescription {
  if (trust.by === 'administrator') return { title: consent.byAdministrator };
  if (trust.by === 'nobody') return { title: consent.byNobody, detail: consent.byNobodyMore };
  return { title: consent.byDomain(trust.domain), detail: consent.byDomainMore };
}
