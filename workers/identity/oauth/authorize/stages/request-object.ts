import type { Services } from '../../../context.ts';
import { OAuthError } from '../../oauth-error.ts';
import type { Parameters } from '../../parameters.ts';
import { fetchRequestObject } from '../../request-object/fetch-request-object.ts';
import { openRequestObject as open } from '../../request-object/open-request-object.ts';
import type { Draft } from '../draft.ts';

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
