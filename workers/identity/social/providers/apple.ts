import type { OidcDefinition } from './provider.ts';

export const apple: OidcDefinition = {
  kind: 'oidc',
  name: 'Apple',
  issuer: 'https://appleid.apple.com',
  scopes: ['openid', 'email', 'name'],
  parameters: {},
  // Apple insists, where it is asked for a name or an e-mail.
  responseMode: 'form_post',
  // A boolean, or the text of one.
  emailStanding: ({ email_verified }) =>
    email_verified === true || email_verified === 'true' ? 'authoritative' : 'unverified',
};
