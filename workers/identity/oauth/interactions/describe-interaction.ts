import type { AccountId } from '../../../../shared/ids.ts';
import { type ConsentGap, consentGap } from '../authorize/consent-gap.ts';
import type { Client } from '../clients/client.ts';
import type { Consent, ConsentGrant } from '../consents/consent-store.ts';
import type { Interaction } from './interaction.ts';

/** What the consent page tells its reader. */
export type InteractionDescription = {
  readonly client: Client;
  /** What is asked for beyond what was agreed. Everything that is asked for, if that is nothing. */
  readonly asked: ConsentGap;
  /** Whether the user is asked again for what they agreed to before. */
  readonly isRepeated: boolean;
  /** Where the answer goes: a host, or the scheme of an app's own URI (RFC 8252 §7.1). */
  readonly redirectHost: string;
  /** The answer goes to an app on this device, which others could pass themselves off as. */
  readonly isLocal: boolean;
  readonly trust: ClientTrust;
};

/**
 * How the client is known: by an administrator of ours; by the host whose document it is; or by
 * nothing but its own word.
 */
export type ClientTrust =
  | { readonly by: 'administrator' }
  | { readonly by: 'domain'; readonly domain: string }
  | { readonly by: 'nobody' };

/** @param agreed - What the signed-in user agreed to before. */
export function describeInteraction(
  { request }: Interaction,
  client: Client,
  agreed: Consent | undefined,
): InteractionDescription {
  const gap = consentGap(request, agreed);
  const all = consentGap(request, undefined);
  const { protocol, host } = new URL(request.redirectUri);
  return {
    client,
    asked: gap.isEmpty ? all : gap,
    isRepeated: gap.isEmpty,
    redirectHost: host === '' ? protocol : host,
    isLocal: protocol !== 'https:',
    trust: trustIn(client),
  };
}

export function trustIn({ source, clientId }: Pick<Client, 'source' | 'clientId'>): ClientTrust {
  if (source === 'administered') return { by: 'administrator' };
  if (source === 'metadata_document') return { by: 'domain', domain: new URL(clientId).host };
  return { by: 'nobody' };
}

/** What the user agrees to with `Allow`: to be stored. */
export function consentGrant(
  { request }: Interaction,
  client: Client,
  accountId: AccountId,
): ConsentGrant {
  const { scopes, claims, resources, authorizationDetails } = consentGap(request, undefined);
  const { clientId } = client;
  return { accountId, clientId, scopes, claims, resources, authorizationDetails };
}
