import { type JsonObject, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../oauth-error.ts';

/**
 * Reads the body of a registration (RFC 7591 §3.1). The app bounds its size.
 *
 * @throws {OAuthError} `invalid_client_metadata` unless it is a JSON object, announced as such.
 */
export async function readMetadataBody(request: Request): Promise<JsonObject> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') {
    throw new OAuthError('invalid_client_metadata', 'The body must be application/json');
  }
  const body = parseStrictObject(new Uint8Array(await request.arrayBuffer()));
  if (body === undefined) {
    throw new OAuthError('invalid_client_metadata', 'The body must be a JSON object');
  }
  return body;
}
