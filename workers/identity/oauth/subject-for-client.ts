import type { AccountId } from '../../../shared/ids.ts';
import type { Services } from '../context.ts';
import type { Client } from './clients/client.ts';
import { pairwiseSubject } from './pairwise-subject.ts';

/** The `sub` by which a client knows an account (OpenID Connect Core §8). */
export async function subjectForClient(
  client: Client,
  accountId: AccountId,
  { pairwiseKey }: Pick<Services, 'pairwiseKey'>,
): Promise<string> {
  if (client.subjectType === 'public') return accountId;
  return pairwiseSubject(await pairwiseKey(), sectorOf(client), accountId);
}

/**
 * The sector identifier (Core §8.1). A client whose redirect URIs have several hosts has registered a
 * `sector_identifier_uri`; an app without any host is a sector of its own.
 */
function sectorOf({ sectorIdentifierUri, redirectUris: [first], clientId }: Client): string {
  const uri = sectorIdentifierUri ?? first;
  const host = uri === undefined ? '' : new URL(uri).hostname;
  return host === '' ? clientId : host;
}
