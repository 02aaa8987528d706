import type { OidcDefinition } from './provider.ts';

export const google: OidcDefinition = {
  kind: 'oidc',
  name: 'Google',
  issuer: 'https://accounts.google.com',
  scopes: ['openid', 'email', 'profile'],
  parameters: {},
  responseMode: 'query',
  // Of other addresses Google knows that they were verified once: they may have changed hands.
  emailStanding: ({ email_verified, hd }, email) => {
    if (email_verified !== true) return 'unverified';
    const isHosted = typeof hd === 'string' && hd !== '';
    return isHosted || /@gmail\.com$/i.test(email) ? 'authoritative' : 'verified';
  },
};
