import { reportedStanding } from './generic.ts';
import type { OidcDefinition } from './provider.ts';

/** Twitch leaves these out of its ID tokens unless asked (OpenID Connect Core §5.5). */
const CLAIMS = { id_token: { email: null, email_verified: null, preferred_username: null } };

export const twitch: OidcDefinition = {
  kind: 'oidc',
  name: 'Twitch',
  issuer: 'https://id.twitch.tv/oauth2',
  scopes: ['openid', 'user:read:email'],
  parameters: { claims: JSON.stringify(CLAIMS) },
  responseMode: 'query',
  emailStanding: reportedStanding,
};
