import type { SteamDefinition } from './provider.ts';

export const steam: SteamDefinition = {
  kind: 'steam',
  name: 'Steam',
  authorizationEndpoint: 'https://steamcommunity.com/openid/login',
  tokenEndpoint: 'https://partner.steam-api.com/ISteamUserAuth/AuthenticateUserTicket/v1/',
  userEndpoint: 'https://partner.steam-api.com/ISteamUser/GetPlayerSummaries/v2/',
};
