import { fromUtf8 } from '../../../../shared/bytes.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Client } from '../clients/client.ts';
import type { Draft } from './draft.ts';
import { verifyRequestObject as open } from './verify-request-object.ts';

/**
 * `request` and `request_uri`: from here on only what the client signed counts, whatever stands beside
 * it (RFC 9101 §5, §6.3).
 */
export async function openRequestObject(
  { client, parameters }: Draft,
  services: Services,
): Promise<Partial<Draft>> {
  const [value, uri] = [parameters.get('request'), parameters.get('request_uri')];
  if (value !== undefined && uri !== undefined) {
    throw new OAuthError('invalid_request', 'A request has a request or a request_uri, not both');
  }
  const token = uri === undefined ? value : await fetchRequestObject(uri, client, services);
  if (token === undefined) return {};
  const inside = await open(token, client, services);
  assertSame(parameters, inside, 'response_type');
  // The redirect URI beside it may be another one than the client signed.
  return { parameters: inside, isSigned: true, canAnswer: false };
}

/** OpenID Connect Core §6.1: what is said twice must be said alike. */
function assertSame(outside: Parameters, inside: Parameters, name: string): void {
  const [one, other] = [outside.get(name), inside.get(name)];
  if (one !== undefined && other !== undefined && one !== other) {
    throw new OAuthError('invalid_request_object', `The request object has another ${name}`);
  }
}

/** As long as a parameter may be. */
const MAX_BYTES = 32_768;

/**
 * Fetches a request object by reference (RFC 9101 §5.2). Only from where the client has registered one:
 * nobody else chooses what this server asks for (§10.4.1). A registered fragment is a hash of the
 * content for caches (OpenID Connect Core §6.2), which there is none of here.
 *
 * @throws {OAuthError} `invalid_request_uri`
 */
async function fetchRequestObject(
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
