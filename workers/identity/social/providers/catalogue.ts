import { apple } from './apple.ts';
import { discord } from './discord.ts';
import { facebook } from './facebook.ts';
import { github } from './github.ts';
import { google } from './google.ts';
import { microsoft } from './microsoft.ts';
import type { OAuth2Definition, OidcDefinition, SteamDefinition } from './provider.ts';
import { steam } from './steam.ts';
import { twitch } from './twitch.ts';

/** The providers that need no more than an id and a client. */
export const CATALOGUE: ReadonlyMap<string, OidcDefinition | OAuth2Definition | SteamDefinition> =
  new Map(Object.entries({ google, microsoft, github, discord, twitch, apple, facebook, steam }));
