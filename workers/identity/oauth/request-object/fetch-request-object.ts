import { fromUtf8 } from '../../../../shared/bytes.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';

/** As long as a parameter may be. */
const MAX_BYTES = 32_768;

/**
 * Fetches a request object by reference (RFC 9101 §5.2). Only from where the client has registered one:
 * nobody else chooses what this server asks for (§10.4.1). A registered fragment is a hash of the
 * content for caches (OpenID Connect Core §6.2), which there is none of here.
 *
 * @throws {OAuthError} `invalid_request_uri`
 */
export async function fetchRequestObject(
  uri: string,
  { requestUris }: Client,
  { fetchSafely }: Pick<Services, 'fetchSafely'>,
): Promise<string> {
  if (!requestUris.includes(uri)) throw refusal('The request_uri is not registered');
  const request = { accept: 'application/oauth-authz-req+jwt', maxBytes: MAX_BYTES };
  const fetched = await fetchSafely(uri, request);
  if (!fetched.ok || fetched.value.status !== 200) throw refusal('The request_uri cannot be read');
  try {
    return fromUtf8(fetched.value.body).trim();
  } catch {
    throw refusal('The request_uri holds no text');
  }
}

const refusal = (description: string) => new OAuthError('invalid_request_uri', description);
