import * as z from 'zod';
import { ok } from '../../../../shared/result.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { readAs } from './ask-provider.ts';
import {
  type EmailTrust,
  type OAuth2Definition,
  type OidcDefinition,
  providerDetails,
  providerEmail,
  providerName,
  type SteamDefinition,
} from './provider.ts';

/** What the provider says (OpenID Connect Core §5.1) does not prove that it hosts the address. */
const reportedEmailTrust = ({ email_verified }: JsonObject): EmailTrust =>
  email_verified === true ? 'verified' : 'unverified';

const configuredEmailTrust = ({ email_verified }: JsonObject): EmailTrust =>
  email_verified === true ? 'authoritative' : 'unverified';

/**
 * Any provider of OpenID Connect.
 *
 * @param trustEmail - Whether the provider's verified e-mails count as its users' own, as in a company.
 */
export const generic = (name: string, issuer: string, trustEmail: boolean): OidcDefinition => ({
  kind: 'oidc',
  name,
  issuer,
  scopes: ['openid', 'email', 'profile'],
  parameters: {},
  responseMode: 'query',
  emailTrust: trustEmail ? configuredEmailTrust : reportedEmailTrust,
});

export const apple: OidcDefinition = {
  kind: 'oidc',
  name: 'Apple',
  issuer: 'https://appleid.apple.com',
  scopes: ['openid', 'email', 'name'],
  parameters: {},
  // Apple demands it of requests for a name or an e-mail.
  responseMode: 'form_post',
  // A boolean, or the text of one.
  emailTrust: ({ email_verified }) =>
    email_verified === true || email_verified === 'true' ? 'authoritative' : 'unverified',
};

export const google: OidcDefinition = {
  kind: 'oidc',
  name: 'Google',
  issuer: 'https://accounts.google.com',
  scopes: ['openid', 'email', 'profile'],
  parameters: {},
  responseMode: 'query',
  // Google verified other addresses once. They may have another owner now.
  emailTrust: ({ email_verified, hd }, email) => {
    if (email_verified !== true) return 'unverified';
    const isHosted = typeof hd === 'string' && hd !== '';
    return isHosted || /@gmail\.com$/i.test(email) ? 'authoritative' : 'verified';
  },
};

export const microsoft: OidcDefinition = {
  kind: 'oidc',
  name: 'Microsoft',
  issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
  scopes: ['openid', 'email', 'profile'],
  parameters: {},
  responseMode: 'query',
  // A tenant's administrator can write any address into it.
  emailTrust: () => 'unverified',
};

/** Twitch leaves these out of its ID tokens unless asked (OpenID Connect Core §5.5). */
const TWITCH_CLAIMS = {
  id_token: { email: null, email_verified: null, preferred_username: null, picture: null },
};

export const twitch: OidcDefinition = {
  kind: 'oidc',
  name: 'Twitch',
  issuer: 'https://id.twitch.tv/oauth2',
  scopes: ['openid', 'user:read:email'],
  parameters: { claims: JSON.stringify(TWITCH_CLAIMS) },
  responseMode: 'query',
  emailTrust: reportedEmailTrust,
};

const DiscordUser = z.object({
  id: z.string().regex(/^\d{1,20}$/),
  username: z.string(),
  global_name: z.string().nullish(),
  avatar: z
    .string()
    .regex(/^\w{1,64}$/)
    .nullish()
    .catch(null),
  email: z.string().nullish(),
  verified: z.boolean().nullish(),
});

/** Discord developer documentation, Image Formatting. */
const DISCORD_AVATARS = 'https://cdn.discordapp.com/avatars';

export const discord: OAuth2Definition = {
  kind: 'oauth2',
  name: 'Discord',
  authorizationEndpoint: 'https://discord.com/oauth2/authorize',
  tokenEndpoint: 'https://discord.com/api/oauth2/token',
  userEndpoint: 'https://discord.com/api/users/@me',
  scopes: ['identify', 'email'],
  async readProfile(ask, userEndpoint) {
    const read = readAs(DiscordUser, await ask(userEndpoint));
    if (!read.ok) return read;
    const { id, username, global_name, avatar, email, verified } = read.value;
    return ok({
      subject: id,
      email: providerEmail(email, verified === true ? 'verified' : 'unverified'),
      displayName: providerName(global_name, username),
      ...providerDetails({ avatarUrl: avatar && `${DISCORD_AVATARS}/${id}/${avatar}.png` }),
    });
  },
};

const FacebookUser = z.object({
  id: z.string().regex(/^\d{1,32}$/),
  name: z.string().nullish(),
  first_name: z.string().nullish(),
  last_name: z.string().nullish(),
  email: z.string().nullish(),
});

const FACEBOOK_FIELDS = 'id,name,first_name,last_name,email';

export const facebook: OAuth2Definition = {
  kind: 'oauth2',
  name: 'Facebook',
  authorizationEndpoint: 'https://www.facebook.com/v24.0/dialog/oauth',
  tokenEndpoint: 'https://graph.facebook.com/v24.0/oauth/access_token',
  userEndpoint: 'https://graph.facebook.com/v24.0/me',
  scopes: ['public_profile', 'email'],
  async readProfile(ask, userEndpoint) {
    const read = readAs(FacebookUser, await ask(`${userEndpoint}?fields=${FACEBOOK_FIELDS}`));
    if (!read.ok) return read;
    const { id, name, first_name: firstName, last_name: lastName, email } = read.value;
    // Facebook does not say whether it has verified the address.
    return ok({
      subject: id,
      email: providerEmail(email, 'unverified'),
      displayName: providerName(name),
      // The addresses of its pictures expire.
      ...providerDetails({ firstName, lastName }),
    });
  },
};

const GithubUser = z.object({
  id: z.int().positive(),
  login: z.string(),
  name: z.string().nullish(),
  avatar_url: z.string().nullish(),
});

const GithubEmails = z.array(
  z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
);

/** Also GitHub Enterprise, by its endpoints. */
export const github: OAuth2Definition = {
  kind: 'oauth2',
  name: 'GitHub',
  authorizationEndpoint: 'https://github.com/login/oauth/authorize',
  tokenEndpoint: 'https://github.com/login/oauth/access_token',
  userEndpoint: 'https://api.github.com/user',
  scopes: ['read:user', 'user:email'],
  async readProfile(ask, userEndpoint) {
    const user = readAs(GithubUser, await ask(userEndpoint));
    if (!user.ok) return user;
    const emails = readAs(GithubEmails, await ask(`${userEndpoint}/emails`));
    if (!emails.ok) return emails;
    // The profile's own `email` is what its owner likes to show: nobody has verified it.
    const primary = emails.value.find((one) => one.primary && one.verified);
    return ok({
      subject: String(user.value.id),
      email: providerEmail(primary?.email, 'verified'),
      displayName: providerName(user.value.name, user.value.login),
      ...providerDetails({ avatarUrl: user.value.avatar_url }),
    });
  },
};

const steam: SteamDefinition = {
  kind: 'steam',
  name: 'Steam',
  authorizationEndpoint: 'https://steamcommunity.com/openid/login',
  tokenEndpoint: 'https://partner.steam-api.com/ISteamUserAuth/AuthenticateUserTicket/v1/',
  userEndpoint: 'https://partner.steam-api.com/ISteamUser/GetPlayerSummaries/v2/',
};

/** The providers of which the configuration need name only the id and the client. */
export const CATALOGUE: ReadonlyMap<string, OidcDefinition | OAuth2Definition | SteamDefinition> =
  new Map(Object.entries({ google, microsoft, github, discord, twitch, apple, facebook, steam }));
