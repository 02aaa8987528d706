import { fromUtf8 } from '../../../../shared/bytes.ts';
import { LOOPBACK_HOSTS } from '../../../../shared/http/loopback.ts';
import { fetchDocument, type SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { pairwiseSubject } from '../../sessions/pairwise-subject.ts';
import type { Client } from './client.ts';
import type { ClientMetadata } from './metadata-members.ts';

export type SubjectNeeds = { readonly pairwiseKey: () => Promise<CryptoKey> };

/** The `sub` by which a client knows an account (OpenID Connect Core §8). */
export async function subjectForClient(
  client: Client,
  accountId: AccountId,
  { pairwiseKey }: SubjectNeeds,
): Promise<string> {
  if (client.subjectType === 'public') return accountId;
  return pairwiseSubject(await pairwiseKey(), sectorOf(client), accountId);
}

/**
 * The sector identifier (Core §8.1). A client whose redirect URIs have several hosts has registered a
 * `sector_identifier_uri`. A native app has no host that is its own: loopback is everybody's, and so is
 * what stands in the place of a host in the URI of a private-use scheme. Such a client is a sector of its
 * own.
 */
export function sectorOf({
  sectorIdentifierUri,
  redirectUris: [first],
  clientId,
}: Pick<Client, 'sectorIdentifierUri' | 'redirectUris' | 'clientId'>): string {
  const url = URL.parse(sectorIdentifierUri ?? first ?? '');
  const isOwnHost =
    url !== null &&
    WEB.has(url.protocol) &&
    url.hostname !== '' &&
    !LOOPBACK_HOSTS.has(url.hostname);
  return isOwnHost ? url.hostname : clientId;
}

const WEB: ReadonlySet<string> = new Set(['https:', 'http:']);

const MAX_BYTES = 64 * 1_024;

/**
 * Checks that the document at `sector_identifier_uri` lists every redirect URI of the client (OpenID
 * Connect Registration §5).
 *
 * @throws {OAuthError} `invalid_client_metadata` if it does not.
 */
export async function checkSector(
  { sector_identifier_uri: uri, redirect_uris: redirects }: ClientMetadata,
  fetchSafely: SafeFetch,
): Promise<void> {
  if (uri === undefined) return;
  const answer = await fetchDocument(fetchSafely, uri, MAX_BYTES);
  if (!answer.ok) throw refusal('cannot be fetched');
  const listed = readList(answer.value.body);
  if (listed === undefined) throw refusal('does not lead to a JSON array');
  if (!redirects.every((redirect) => listed.includes(redirect))) {
    throw refusal('does not list every redirect URI (OpenID Connect Registration §5)');
  }
}

const refusal = (fault: string): OAuthError =>
  new OAuthError('invalid_client_metadata', `sector_identifier_uri ${fault}`);

function readList(body: Uint8Array): readonly unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(fromUtf8(body));
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}
