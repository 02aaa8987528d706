import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { looksLikeDocumentUrl } from '../clients/document-url.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';
import { checkResources } from '../resources/check-resources.ts';
import type { ResourceServices } from '../resources/resource-services.ts';
import type { Party } from './party.ts';

type TargetServices = ResourceServices & Pick<Services, 'clients'>;

const MOST_TARGETS = 20;

/**
 * Whom an exchanged token is for: the `resource` and `audience` parameters together (RFC 8693 §2.1),
 * or else whom the subject token is for. An `audience` may be a client's id.
 *
 * A token is turned towards somebody new only where the user agreed to that, or an administrator
 * listed them for the client: what is open to every client that asks a user is not open here, where
 * no user is asked.
 *
 * @throws {OAuthError} `invalid_target`
 */
export async function exchangeTargets(
  party: Pick<Party, 'audiences' | 'agreedResources'>,
  client: Client,
  parameters: Parameters,
  services: TargetServices,
): Promise<readonly string[]> {
  const named = [...new Set([...parameters.all('resource'), ...parameters.all('audience')])];
  const targets = named.length === 0 ? party.audiences : named;
  const allowed = [
    client.clientId,
    ...party.audiences,
    ...party.agreedResources,
    ...(client.resources ?? []),
  ];
  if (named.length > MOST_TARGETS || !targets.every((target) => allowed.includes(target))) {
    throw new OAuthError('invalid_target', 'The token cannot be exchanged for that audience');
  }
  const clients = await Promise.all(targets.map((target) => isClient(target, client, services)));
  const others = targets.filter((_, index) => clients[index] === false);
  await checkResources(client, others, services);
  return targets;
}

/** The id of a metadata document is not looked up: a URL here is a resource indicator. */
async function isClient(
  target: string,
  { clientId }: Client,
  { clients }: TargetServices,
): Promise<boolean> {
  if (target === clientId) return true;
  if (looksLikeDocumentUrl(target)) return false;
  return (await orUnavailable('the clients', () => clients.find(target))) !== undefined;
}
