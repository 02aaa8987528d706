import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { checkLengths } from '../authorize/check-parameters.ts';
import {
  checkAuthorizationDetails,
  checkResources,
  checkScope,
  type TermsNeeds,
} from '../authorize/check-terms.ts';
import type { Client } from '../clients/client.ts';

/** What a client requests, for its user to allow or deny. Every part was checked. */
export type RequestedTerms = {
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
};

/**
 * Checks what a client requests where no browser brings its request: by the stages of the authorization
 * endpoint that are about this, in the same order.
 *
 * @throws {OAuthError} `invalid_request`, `invalid_target`, `invalid_scope`,
 *   `invalid_authorization_details`
 */
export async function checkRequestedTerms(
  client: Client,
  parameters: Parameters,
  needs: TermsNeeds,
): Promise<RequestedTerms> {
  const received = { client, parameters };
  checkLengths(received);
  const { resources } = await checkResources(received, needs);
  const { scopes } = await checkScope({ ...received, resources }, needs);
  const { authorizationDetails } = checkAuthorizationDetails(received);
  return { scopes, resources, authorizationDetails };
}
