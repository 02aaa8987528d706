import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { EmailStanding } from './profile.ts';
import type { OidcDefinition } from './provider.ts';

/** As the provider says (OpenID Connect Core §5.1): that is no proof that the address is its to give. */
export const reportedStanding = ({ email_verified }: JsonObject): EmailStanding =>
  email_verified === true ? 'verified' : 'unverified';

const trustedStanding = ({ email_verified }: JsonObject): EmailStanding =>
  email_verified === true ? 'authoritative' : 'unverified';

/**
 * Any provider of OpenID Connect.
 *
 * @param trustEmail - Whether a verified e-mail of this provider is its user's, as in a company.
 */
export const generic = (name: string, issuer: string, trustEmail: boolean): OidcDefinition => ({
  kind: 'oidc',
  name,
  issuer,
  scopes: ['openid', 'email', 'profile'],
  parameters: {},
  responseMode: 'query',
  emailStanding: trustEmail ? trustedStanding : reportedStanding,
});
