import type { OidcDefinition } from './provider.ts';

export const microsoft: OidcDefinition = {
  kind: 'oidc',
  name: 'Microsoft',
  issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
  scopes: ['openid', 'email', 'profile'],
  parameters: {},
  responseMode: 'query',
  // A tenant's administrator can write any address into it.
  emailStanding: () => 'unverified',
};
