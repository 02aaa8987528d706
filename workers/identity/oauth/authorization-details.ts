import * as z from 'zod';

import { utf8 } from '../../../shared/bytes.ts';
import type { AuthorizationDetail } from '../../../shared/contracts/identity/oauth-terms.ts';
import { parseStrictObject } from '../../../shared/tokens/strict-json.ts';
import type { Client } from './clients/client.ts';
import { OAuthError } from './oauth-error.ts';

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
export function parseAuthorizationDetails(
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
