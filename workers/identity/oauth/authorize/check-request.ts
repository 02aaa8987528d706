/**
 * The checks of an authorization request, in order, and the endpoints at which each is made.
 *
 * The order is a security property: nothing may be sent to a redirect URI before it is known to be
 * the client's, so failures before that are shown to the user, and failures after it are answered
 * there (RFC 6749 §4.1.2.1).
 *
 * @module
 */

import { err, ok, type Result } from '../../../../shared/result.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Client } from '../clients/client.ts';
import type { AuthorizationRequest, ReturnAddress } from './authorization-request.ts';
import {
  checkAcrValues,
  checkClaims,
  checkHints,
  checkIdTokenHint,
  checkMaxAge,
  checkNonce,
  checkPrompt,
  type IdTokenHintNeeds,
} from './check-authentication.ts';
import {
  checkDpopJkt,
  checkGrantType,
  checkLengths,
  checkResponseMode,
  checkResponseType,
  refuseFaults,
  refuseRegistration,
  refuseRequestUri,
} from './check-parameters.ts';
import {
  checkAuthorizationDetails,
  checkResources,
  checkScope,
  type TermsNeeds,
} from './check-terms.ts';
import {
  type DemandPushedRequestNeeds,
  demandPushedRequest,
  demandSignedRequest,
} from './client-demands.ts';
import { type Draft, type Endpoint, newDraft, type Stage, toRequest } from './draft.ts';
import { checkPkce, type PkceNeeds } from './pkce.ts';
import { checkRedirectUri, demandSecureRedirect, noteReturnAddress } from './redirect-uri.ts';
import { openRequestObject, type RequestObjectNeeds } from './request-object.ts';

export type CheckRequestNeeds = DemandPushedRequestNeeds &
  RequestObjectNeeds &
  TermsNeeds &
  PkceNeeds &
  IdTokenHintNeeds;

type Row = { readonly stage: Stage<CheckRequestNeeds> } & Readonly<Record<Endpoint, boolean>>;

const STAGES: readonly Row[] = [
  // First, so that the client learns what cannot be read or opened.
  { stage: noteReturnAddress, authorize: true, par: false },
  { stage: refuseFaults, authorize: true, par: true },
  { stage: checkLengths, authorize: true, par: true },
  { stage: refuseRequestUri, authorize: false, par: true },
  { stage: demandPushedRequest, authorize: true, par: false },
  // Replaces the parameters by those that the client signed: they are judged anew below.
  { stage: openRequestObject, authorize: true, par: true },
  { stage: demandSignedRequest, authorize: true, par: true },
  { stage: checkRedirectUri, authorize: true, par: true },
  // From here on a failure goes back to the client, in the response mode that comes first.
  { stage: checkResponseMode, authorize: true, par: true },
  { stage: refuseFaults, authorize: true, par: true },
  { stage: checkLengths, authorize: true, par: true },
  { stage: refuseRegistration, authorize: true, par: true },
  { stage: checkGrantType, authorize: true, par: true },
  { stage: checkResponseType, authorize: true, par: true },
  { stage: demandSecureRedirect, authorize: true, par: true },
  { stage: checkDpopJkt, authorize: true, par: true },
  { stage: checkPrompt, authorize: true, par: true },
  // Before the scopes: a resource brings scopes of its own.
  { stage: checkResources, authorize: true, par: true },
  { stage: checkScope, authorize: true, par: true },
  // After the scopes: an authentication may have a nonce instead.
  { stage: checkPkce, authorize: true, par: true },
  { stage: checkAuthorizationDetails, authorize: true, par: true },
  { stage: checkNonce, authorize: true, par: true },
  { stage: checkMaxAge, authorize: true, par: true },
  { stage: checkAcrValues, authorize: true, par: true },
  // After `acr_values`, which an `acr` claim replaces, and before the hint, which must agree on `sub`.
  { stage: checkClaims, authorize: true, par: true },
  { stage: checkIdTokenHint, authorize: true, par: true },
  { stage: checkHints, authorize: true, par: true },
];

export type Refusal = {
  readonly error: OAuthError;
  /** `null`: nothing may be sent anywhere; the user sees the error. */
  readonly returnTo: ReturnAddress | null;
};

/**
 * Checks an authorization request at one endpoint.
 *
 * @param client - Registered and active; at the PAR endpoint, authenticated.
 */
export async function checkRequest(
  endpoint: Endpoint,
  client: Client,
  parameters: Parameters,
  needs: CheckRequestNeeds,
): Promise<Result<AuthorizationRequest, Refusal>> {
  let draft = newDraft(client, parameters);
  for (const { stage, ...at } of STAGES) {
    if (!at[endpoint]) continue;
    try {
      draft = { ...draft, ...(await stage(draft, needs)) };
    } catch (error) {
      if (error instanceof OAuthError) return err({ error, returnTo: returnAddress(draft) });
      throw error;
    }
  }
  return ok(toRequest(draft));
}

function returnAddress(draft: Draft): ReturnAddress | null {
  const { canAnswer, clientId, redirectUri, responseMode, state } = draft;
  return canAnswer ? { clientId, redirectUri, responseMode, state } : null;
}
