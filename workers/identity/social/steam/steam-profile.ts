import * as z from 'zod';

import type { Services } from '../../context.ts';
import { type ProviderProfile, providerName } from '../providers/profile.ts';
import type { SteamProvider } from '../providers/provider.ts';
import { readAs } from '../providers/read-as.ts';
import { askSteam } from './ask-steam.ts';

const Reply = z.object({
  response: z.object({
    players: z.array(z.object({ steamid: z.string(), personaname: z.string() })),
  }),
});

/** Who a Steam id is. Steam tells no e-mail, and a name only where we have a key: it is no must. */
export async function steamProfile(
  provider: SteamProvider,
  steamId: string,
  services: Pick<Services, 'fetchSafely'>,
): Promise<ProviderProfile> {
  return {
    subject: steamId,
    email: null,
    displayName: await personaName(provider, steamId, services),
  };
}

async function personaName(
  provider: SteamProvider,
  steamId: string,
  services: Pick<Services, 'fetchSafely'>,
): Promise<string | null> {
  if (provider.apiKey === null) return null;
  const answer = await askSteam(provider, provider.userEndpoint, { steamids: steamId }, services);
  const reply = readAs(Reply, answer);
  if (!reply.ok) return null;
  const player = reply.value.response.players.find(({ steamid }) => steamid === steamId);
  return providerName(player?.personaname);
}
