import type { ClaimRequest } from '../../../../../shared/contracts/identity/oauth-terms.ts';
import { OAuthError } from '../../oauth-error.ts';
import type { Draft } from '../draft.ts';
import { parseRequestedClaims } from '../requested-claims.ts';

/**
 * `claims` (OpenID Connect Core §5.5). A `sub` with a value says who must sign in (§5.5.1); an
 * essential `acr` with values says how (§5.5.1.1).
 */
export function checkClaims({ parameters }: Draft): Partial<Draft> {
  const text = parameters.get('claims');
  if (text === undefined) return {};
  const claims = parseRequestedClaims(text);
  if (claims === undefined) throw new OAuthError('invalid_request', 'The claims are malformed');
  const subject = claims.id_token?.['sub']?.value ?? null;
  if (subject !== null && typeof subject !== 'string') {
    throw new OAuthError('invalid_request', 'The claims ask for a sub that is no string');
  }
  return { claims, requiredSubject: subject, ...essentialAcr(claims.id_token?.['acr']) };
}

function essentialAcr(acr: ClaimRequest | undefined): Partial<Draft> {
  const values = (acr?.values ?? [acr?.value]).filter((value) => typeof value === 'string');
  if (values.length === 0) return {};
  return { acrValues: values, essentialAcr: acr?.essential === true };
}
