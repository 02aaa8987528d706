import type { Services } from '../../context.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { checkLengths } from '../authorize/check-parameters.ts';
import { checkAuthorizationDetails, checkResources, checkScope } from '../authorize/check-terms.ts';
import { type Draft, newDraft, type Stage } from '../authorize/draft.ts';
import type { Client } from '../clients/client.ts';
import type { RequestedTerms } from './backchannel-requests.ts';

/** Those of an authorization request that ask what the client gets, in the same order. */
const TERMS_STAGES: readonly Stage[] = [
  checkLengths,
  checkResources,
  checkScope,
  checkAuthorizationDetails,
];

/**
 * Checks what a client asks for where no browser brings its request.
 *
 * @throws {OAuthError} `invalid_target`, `invalid_scope`, `invalid_authorization_details`
 */
export async function checkRequestedTerms(
  client: Client,
  parameters: Parameters,
  services: Services,
): Promise<RequestedTerms> {
  let draft: Draft = newDraft(client, parameters);
  for (const stage of TERMS_STAGES) draft = { ...draft, ...(await stage(draft, services)) };
  const { scopes, resources, authorizationDetails } = draft;
  return { scopes, resources, authorizationDetails };
}
