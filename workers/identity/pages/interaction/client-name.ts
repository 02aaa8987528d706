import type { Client } from '../../oauth/clients/client.ts';
import { shownName } from '../text/shown-name.ts';

export type NamedClient = Pick<Client, 'name' | 'source' | 'clientId'>;

/** What a client is called: as it calls itself, else the host of its document, else its id. */
export function clientName({ name, source, clientId }: NamedClient): string {
  if (name !== null && shownName(name) !== '') return shownName(name);
  return shownName(source === 'metadata_document' ? new URL(clientId).host : clientId);
}
