import * as z from 'zod';
import { utf8 } from '../../../../shared/bytes.ts';
import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { lossOf, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from '../clients/client.ts';
import { allowedScopes } from '../clients/scopes.ts';
import {
  type CheckResourcesNeeds,
  checkResources as checkIndicators,
} from '../resources/check-resources.ts';
import type { Draft, ReceivedRequest } from './draft.ts';

/** Of the checks of what a client requests. Device and CIBA requests pass them, too. */
export type TermsNeeds = CheckResourcesNeeds;

/** `resource` (RFC 8707 §2.1) names what the tokens will be for. */
export const checkResources = async (
  { client, parameters }: ReceivedRequest,
  needs: TermsNeeds,
): Promise<Pick<Draft, 'resources'>> => ({
  resources: await checkIndicators(client, parameters.all('resource'), needs),
});

/** `scope` (RFC 6749 §3.3), or the client's default where it is absent. */
export async function checkScope(
  { client, parameters, resources }: ReceivedRequest & Pick<Draft, 'resources'>,
  { cachedResources }: Pick<TermsNeeds, 'cachedResources'>,
): Promise<Pick<Draft, 'scopes'>> {
  const own = await resourceScopes(resources, cachedResources);
  return { scopes: allowedScopes(client, parameters.get('scope'), own) };
}

/** A resource server's own scopes are open to whoever may ask for tokens for it. */
async function resourceScopes(
  resources: readonly string[],
  cachedResources: TermsNeeds['cachedResources'],
): Promise<readonly string[]> {
  const found = await Promise.all(resources.map((resource) => cachedResources.find(resource)));
  return found.flatMap((resource) => resource?.scopes ?? []);
}

/** `authorization_details` must be of types that the client has registered (RFC 9396 §5, §10). */
export function checkAuthorizationDetails({
  client,
  parameters,
}: ReceivedRequest): Pick<Draft, 'authorizationDetails'> {
  const text = parameters.get('authorization_details');
  const isAbsent = text === undefined;
  return { authorizationDetails: isAbsent ? [] : parseAuthorizationDetails(text, client) };
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
  const loss = lossOf(text);
  if (loss !== undefined) throw refusal(`The authorization_details are refused: ${loss}`);
  if (!data.every(({ type }) => authorizationDetailsTypes.includes(type))) {
    throw refusal('The authorization_details have a type that this client has not registered');
  }
  return data;
}

/** The strict parser takes objects only, so the array is parsed as the one member of an object. */
function parseStrictArray(text: string): unknown {
  const wrapped = parseStrictObject(utf8(`{"details":${text}}`)) ?? {};
  return Object.keys(wrapped).length === 1 ? wrapped['details'] : undefined;
}

const refusal = (description: string) =>
  new OAuthError('invalid_authorization_details', description);
