import type { Services } from '../../context.ts';

/**
 * Whether a token's client may still use it: it is there and not disabled. Our own API's client is
 * always there, and is no registered one.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if that cannot be found out.
 */
export async function isActiveClient(
  clientId: string,
  { clients, config }: Pick<Services, 'clients' | 'config'>,
): Promise<boolean> {
  return clientId === config.clientId || (await clients.find(clientId)) !== undefined;
}
