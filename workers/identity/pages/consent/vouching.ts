import type { ClientTrust } from '../../oauth/interactions/describe-interaction.ts';
import type { Text } from '../text/text.ts';

export type Vouching = { readonly title: string; readonly detail?: string };

/** Who vouches for a client, in words. */
export function vouching(trust: ClientTrust, { consent }: Text): Vouching {
  if (trust.by === 'administrator') return { title: consent.byAdministrator };
  if (trust.by === 'nobody') return { title: consent.byNobody, detail: consent.byNobodyMore };
  return { title: consent.byDomain(trust.domain), detail: consent.byDomainMore };
}
