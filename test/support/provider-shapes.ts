/**
 * The answers of providers from their documentation, with the members that we read and others.
 *
 * @module
 */

/** GitHub REST API, `GET /user`. */
export const GITHUB_USER = {
  login: 'octocat',
  id: 583_231,
  node_id: 'MDQ6VXNlcjU4MzIzMQ==',
  avatar_url: 'https://avatars.githubusercontent.com/u/583231',
  type: 'User',
  site_admin: false,
  name: 'The Octocat',
  company: '@github',
  // This address is public and not verified.
  email: 'public@example.test',
  two_factor_authentication: true,
};

/** `GET /user/emails`. */
export const GITHUB_EMAILS = [
  { email: 'old@example.test', primary: false, verified: true, visibility: null },
  { email: 'octocat@example.test', primary: true, verified: true, visibility: 'private' },
];

/** A token reply of GitHub's, with `Accept: application/json`. */
export const GITHUB_TOKENS = {
  access_token: 'gho_16C7e42F292c6912E7710c838347Ae178B4a',
  scope: 'read:user,user:email',
  token_type: 'bearer',
};

/** Discord API v10, `GET /users/@me`. */
export const DISCORD_USER = {
  id: '80351110224678912',
  username: 'nelly',
  discriminator: '0',
  global_name: 'Nelly the elephant',
  avatar: '8342729096ea3675442027381ff50dfe',
  verified: true,
  email: 'nelly@example.test',
  mfa_enabled: true,
  locale: 'en-US',
};

export const DISCORD_TOKENS = {
  access_token: '6qrZcUqja7812RVdnEKjpzOL4CvHBFG',
  token_type: 'Bearer',
  expires_in: 604_800,
  refresh_token: 'D43f5y0ahjqew82jZ4NViEr2YafMKhue',
  scope: 'identify email',
};

/** Facebook Graph API, `GET /me?fields=id,name,first_name,last_name,email`. */
export const FACEBOOK_USER = {
  id: '10158000000000000',
  name: 'Jane Doe',
  first_name: 'Jane',
  last_name: 'Doe',
  email: 'jane@example.test',
};

export const FACEBOOK_TOKENS = {
  access_token: 'EAAB-token',
  token_type: 'bearer',
  expires_in: 5_183_944,
};

export const STEAM_ID = '76561197960287930';

/** `ISteamUserAuth/AuthenticateUserTicket/v1`. */
export const steamTicket = (changes: object = {}) => ({
  response: {
    params: {
      result: 'OK',
      steamid: STEAM_ID,
      ownersteamid: STEAM_ID,
      vacbanned: false,
      publisherbanned: false,
      ...changes,
    },
  },
});

export const STEAM_TICKET_REFUSED = {
  response: { error: { errorcode: 101, errordesc: 'Invalid ticket' } },
};

/** `ISteamUser/GetPlayerSummaries/v2`. */
export const STEAM_PLAYERS = {
  response: {
    players: [
      {
        steamid: STEAM_ID,
        communityvisibilitystate: 3,
        personaname: 'Rabscuttle',
        profileurl: 'https://steamcommunity.com/id/rabscuttle/',
        avatarfull: 'https://avatars.steamstatic.com/c5d5_full.jpg',
      },
    ],
  },
};
