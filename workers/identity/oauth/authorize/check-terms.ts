import * as z from 'zod';
import { utf8 } from '../../../../shared/bytes.ts';
import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from '../clients/client.ts';
import { allowedScopes } from '../clients/scopes.ts';
import { checkResources as check } from '../resources/check-resources.ts';
import type { Draft } from './draft.ts';

/** `resource` (RFC 8707 §2.1): what the tokens will be for. */
export const checkResources = async (
  { client, parameters }: Draft,
  services: Services,
): Promise<Partial<Draft>> => ({
  resources: await check(client, parameters.all('resource'), services),
});

/** `scope` (RFC 6749 §3.3): what the client may have, or by default has. */
export async function checkScope(
  { client, parameters, resources }: Draft,
  services: Services,
): Promise<Partial<Draft>> {
  const own = await resourceScopes(resources, services);
  return { scopes: allowedScopes(client, parameters.get('scope'), own) };
}

/** A resource server's own scopes are open to whoever may ask for tokens for it. */
async function resourceScopes(
  resources: readonly string[],
  services: Services,
): Promise<readonly string[]> {
  const known = await Promise.all(
    resources.map((resource) => services.knownResources.find(resource)),
  );
  return known.flatMap((resource) => resource?.scopes ?? []);
}

/** `authorization_details` of types that the client has registered (RFC 9396 §5, §10). */
export function checkAuthorizationDetails({ client, parameters }: Draft): Partial<Draft> {
  const text = parameters.get('authorization_details');
  if (text === undefined) return {};
  return { authorizationDetails: parseAuthorizationDetails(text, client) };
}

const MAX_DETAILS = 20;

const texts = z.array(z.string().max(2_048)).max(50).optional();

/** The members that have one meaning in every type (RFC 9396 §2.2). A type's own are left as they are. */
const Detail = z.looseObject({
  type: z.string().min(1).max(256),
  locations: texts,
  actions: texts,
  datatypes: texts,
  identifier: z.string().max(2_048).optional(),
  privileges: texts,
});

const Details = z.array(Detail).max(MAX_DETAILS);

/**
 * Reads `authorization_details` (RFC 9396 §2).
 *
 * @throws {OAuthError} `invalid_authorization_details` if they are no array of such objects, or of a
 *   type that the client has not registered (§5).
 */
function parseAuthorizationDetails(
  text: string,
  { authorizationDetailsTypes }: Client,
): readonly AuthorizationDetail[] {
  const { success, data } = Details.safeParse(parseStrictArray(text));
  if (!success) throw refusal('The authorization_details are malformed');
  if (!data.every(({ type }) => authorizationDetailsTypes.includes(type))) {
    throw refusal('The authorization_details have a type that this client has not registered');
  }
  return data;
}

/** The strict reader reads objects: the array becomes its only member, and nothing beside it. */
function parseStrictArray(text: string): unknown {
  const wrapped = parseStrictObject(utf8(`{"details":${text}}`)) ?? {};
  return Object.keys(wrapped).length === 1 ? wrapped['details'] : undefined;
}

const refusal = (description: string) =>
  new OAuthError('invalid_authorization_details', description);
