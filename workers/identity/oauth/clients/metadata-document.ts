/**
 * Reads and judges client ID metadata documents (draft-ietf-oauth-client-id-metadata-document §4).
 *
 * @module
 */

import { isLoopbackHost, type SafeUrlRules } from '../../../../shared/http/safe-url.ts';
import { parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { readClientMetadata } from './client-metadata.ts';
import type { ClientMetadata } from './metadata-members.ts';

/** §8.7. */
export const MAX_DOCUMENT_BYTES = 5 * 1_024;

const JSON_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.+-]+\+json)$/;

/**
 * Reads a document.
 *
 * @param clientId - The URL it was fetched from.
 * @throws {OAuthError} If it is not that client's, or its metadata is not valid.
 */
export function readMetadataDocument(
  clientId: string,
  contentType: string | null,
  body: Uint8Array,
  rules: SafeUrlRules,
): ClientMetadata {
  const [type = ''] = (contentType ?? '').split(';');
  if (!JSON_TYPE.test(type.trim().toLowerCase())) throw invalid('is not served as JSON');
  const document = parseStrictObject(body);
  if (document === undefined) throw invalid('is not a JSON object');
  if (document['client_id'] !== clientId) throw invalid('has another client_id than its URL');
  if ('client_secret' in document || 'client_secret_expires_at' in document) {
    throw invalid('must not have a client_secret');
  }
  const reading = { ...rules, source: 'document', profile: 'none' } as const;
  const metadata = readClientMetadata(document, reading);
  checkRedirects(metadata, clientId);
  return metadata;
}

const invalid = (fault: string): OAuthError =>
  new OAuthError('invalid_client_metadata', `The client metadata document ${fault}`);

/**
 * Codes go only to the document's own origin, or to the user's own device (§8.1). Otherwise a document
 * could name somebody else's page and show it under another name.
 */
function checkRedirects(metadata: ClientMetadata, clientId: string): void {
  const { origin } = new URL(clientId);
  const isOwn = (uri: string) => {
    const url = new URL(uri);
    return url.origin === origin || url.protocol !== 'https:' || isLoopbackHost(url.hostname);
  };
  if (!metadata.redirect_uris.every(isOwn)) {
    throw new OAuthError('invalid_redirect_uri', 'redirect_uris must have the document’s origin');
  }
}

const MIN_SECONDS = 60;
const MAX_SECONDS = 86_400;
const DEFAULT_SECONDS = 3_600;

/** For how long a document is fresh (RFC 9111 §5.2.2), within bounds of ours (§5.2). Seconds. */
export function freshSeconds(cacheControl: string | null): number {
  const directives = (cacheControl ?? '')
    .toLowerCase()
    .split(',')
    .map((one) => one.trim());
  if (directives.includes('no-store') || directives.includes('no-cache')) return MIN_SECONDS;
  const age = ageOf(directives, 's-maxage') ?? ageOf(directives, 'max-age') ?? DEFAULT_SECONDS;
  return Math.min(Math.max(age, MIN_SECONDS), MAX_SECONDS);
}

function ageOf(directives: readonly string[], name: string): number | undefined {
  const directive = directives.find((one) => one.startsWith(`${name}=`));
  const seconds = /^[a-z-]+="?(\d{1,10})"?$/.exec(directive ?? '')?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}
