import { fromUtf8 } from '../../../../shared/bytes.ts';
import { fetchDocument, type SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { OAuthError } from '../oauth-error.ts';
import type { ClientMetadata } from './metadata-defaults.ts';

const MAX_BYTES = 64 * 1_024;

/**
 * Checks that the host of `sector_identifier_uri` knows the client: its document lists every redirect
 * URI (OpenID Connect Registration §5).
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
