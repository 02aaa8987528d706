/**
 * The checks of an authorization request, in order, and the endpoints at which each is made.
 *
 * The order is a security property: nothing may be sent to a redirect URI before it is known to be
 * the client's, so failures before that are shown to the user, and failures after it are answered
 * there (RFC 6749 §4.1.2.1).
 *
 * @module
 */

import type { Endpoint, Stage } from './draft.ts';
import { checkAcrValues } from './stages/acr-values.ts';
import { checkAuthorizationDetails } from './stages/authorization-details.ts';
import { checkClaims } from './stages/claims.ts';
import { demandPushedRequest } from './stages/demand-pushed-request.ts';
import { demandSecureRedirect } from './stages/demand-secure-redirect.ts';
import { demandSignedRequest } from './stages/demand-signed-request.ts';
import { checkDpopJkt } from './stages/dpop-jkt.ts';
import { checkGrantType } from './stages/grant-type.ts';
import { checkHints } from './stages/hints.ts';
import { checkIdTokenHint } from './stages/id-token-hint.ts';
import { checkLengths } from './stages/lengths.ts';
import { checkMaxAge } from './stages/max-age.ts';
import { checkNonce } from './stages/nonce.ts';
import { checkPkce } from './stages/pkce.ts';
import { checkPrompt } from './stages/prompt.ts';
import { checkRedirectUri } from './stages/redirect-uri.ts';
import { refuseRegistration } from './stages/registration.ts';
import { openRequestObject } from './stages/request-object.ts';
import { refuseRequestUri } from './stages/request-uri.ts';
import { checkResources } from './stages/resources.ts';
import { checkResponseMode } from './stages/response-mode.ts';
import { checkResponseType } from './stages/response-type.ts';
import { noteReturnAddress } from './stages/return-address.ts';
import { checkScope } from './stages/scope.ts';

type Row = { readonly stage: Stage } & Readonly<Record<Endpoint, boolean>>;

export const STAGES: readonly Row[] = [
  { stage: checkLengths, authorize: true, par: true },
  { stage: noteReturnAddress, authorize: true, par: false },
  { stage: refuseRequestUri, authorize: false, par: true },
  { stage: demandPushedRequest, authorize: true, par: false },
  { stage: openRequestObject, authorize: true, par: true },
  { stage: demandSignedRequest, authorize: true, par: true },
  { stage: checkLengths, authorize: true, par: true },
  { stage: checkRedirectUri, authorize: true, par: true },
  // From here on a failure goes back to the client.
  { stage: checkResponseMode, authorize: true, par: true },
  { stage: refuseRegistration, authorize: true, par: true },
  { stage: checkGrantType, authorize: true, par: true },
  { stage: checkResponseType, authorize: true, par: true },
  { stage: demandSecureRedirect, authorize: true, par: true },
  { stage: checkPkce, authorize: true, par: true },
  { stage: checkDpopJkt, authorize: true, par: true },
  { stage: checkPrompt, authorize: true, par: true },
  { stage: checkResources, authorize: true, par: true },
  { stage: checkScope, authorize: true, par: true },
  { stage: checkAuthorizationDetails, authorize: true, par: true },
  { stage: checkNonce, authorize: true, par: true },
  { stage: checkMaxAge, authorize: true, par: true },
  { stage: checkAcrValues, authorize: true, par: true },
  { stage: checkClaims, authorize: true, par: true },
  { stage: checkIdTokenHint, authorize: true, par: true },
  { stage: checkHints, authorize: true, par: true },
];
