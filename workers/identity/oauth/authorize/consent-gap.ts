import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { Consent } from '../consents/consent-store.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { canonicalJson } from './canonical-json.ts';

/** What a request asks for and its user has not agreed to yet. */
export type ConsentGap = Pick<
  Consent,
  'scopes' | 'claims' | 'resources' | 'authorizationDetails'
> & { readonly isEmpty: boolean };

export function consentGap(request: AuthorizationRequest, agreed: Consent | undefined): ConsentGap {
  const scopes = beyond(request.scopes, agreed?.scopes);
  const claims = beyond(claimNames(request), agreed?.claims);
  const resources = beyond(request.resources, agreed?.resources);
  const authorizationDetails = detailsBeyond(request, agreed?.authorizationDetails);
  const missing = [scopes, claims, resources, authorizationDetails];
  return {
    scopes,
    claims,
    resources,
    authorizationDetails,
    isEmpty: missing.every(({ length }) => length === 0),
  };
}

/** The claims that the `claims` parameter names (OpenID Connect Core §5.5), each once. */
function claimNames({ claims }: AuthorizationRequest): readonly string[] {
  const names = [claims?.userinfo, claims?.id_token].flatMap((part) => Object.keys(part ?? {}));
  return [...new Set(names)];
}

const beyond = (asked: readonly string[], agreed: readonly string[] = []): readonly string[] =>
  asked.filter((one) => !agreed.includes(one));

/** Details are agreed to as they are: another amount is another agreement (RFC 9396 §2). */
function detailsBeyond(
  { authorizationDetails }: AuthorizationRequest,
  agreed: readonly AuthorizationDetail[] = [],
): readonly AuthorizationDetail[] {
  const known = new Set(agreed.map(canonicalJson));
  return authorizationDetails.filter((detail) => !known.has(canonicalJson(detail)));
}
