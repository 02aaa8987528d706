import type { Services } from '../../context.ts';
import { type Draft, newDraft, type Stage } from '../authorize/draft.ts';
import { checkAuthorizationDetails } from '../authorize/stages/authorization-details.ts';
import { checkLengths } from '../authorize/stages/lengths.ts';
import { checkResources } from '../authorize/stages/resources.ts';
import { checkScope } from '../authorize/stages/scope.ts';
import type { Client } from '../clients/client.ts';
import type { Parameters } from '../parameters.ts';
import type { AskedTerms } from './polled-request.ts';

/** Those of an authorization request that ask what the client gets, in the same order. */
const STAGES: readonly Stage[] = [
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
export async function checkTerms(
  client: Client,
  parameters: Parameters,
  services: Services,
): Promise<AskedTerms> {
  let draft: Draft = newDraft(client, parameters);
  for (const stage of STAGES) draft = { ...draft, ...(await stage(draft, services)) };
  const { scopes, resources, authorizationDetails } = draft;
  return { scopes, resources, authorizationDetails };
}
