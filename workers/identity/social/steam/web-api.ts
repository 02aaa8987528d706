import * as z from 'zod';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { SocialFault } from '../fault.ts';
import { parseJson, readAs, sendToProvider } from '../providers/ask-provider.ts';
import {
  type ProviderProfile,
  providerDetails,
  providerName,
  type SteamProvider,
} from '../providers/provider.ts';

const TicketReply = z.object({
  response: z.object({
    params: z
      .object({
        result: z.string(),
        steamid: z.string().regex(/^7656119\d{10}$/),
        vacbanned: z.boolean(),
        publisherbanned: z.boolean(),
      })
      .optional(),
    error: z.object({ errorcode: z.int() }).optional(),
  }),
});

/**
 * Asks Steam whose session ticket this is (`ISteamUserAuth/AuthenticateUserTicket`). Steam accepts only
 * a ticket for our game and our service.
 *
 * @param ticket - Hexadecimal.
 */
export async function verifyTicket(
  provider: SteamProvider & { readonly appId: number },
  ticket: string,
  fetchSafely: SafeFetch,
): Promise<Result<string, SocialFault>> {
  const query = { appid: String(provider.appId), ticket, identity: provider.ticketIdentity };
  const answer = await askSteam(provider, provider.tokenEndpoint, query, fetchSafely);
  const reply = readAs(TicketReply, answer);
  if (!reply.ok) return reply;
  const { params, error } = reply.value.response;
  if (params?.result !== 'OK') {
    return err({
      reason: 'provider_refused',
      detail: `ticket: ${error?.errorcode ?? 'no result'}`,
    });
  }
  const isBanned = params.vacbanned || params.publisherbanned;
  return isBanned ? err({ reason: 'banned' }) : ok(params.steamid);
}

const ProfileReply = z.object({
  response: z.object({
    players: z.array(
      z.object({
        steamid: z.string(),
        personaname: z.string(),
        avatarfull: z.string().nullish(),
      }),
    ),
  }),
});

/** Describes the user of a Steam id. Steam tells no e-mail, and a name only to who has a key. */
export async function steamProfile(
  provider: SteamProvider,
  steamId: string,
  fetchSafely: SafeFetch,
): Promise<ProviderProfile> {
  const player = await readPlayer(provider, steamId, fetchSafely);
  return {
    subject: steamId,
    email: null,
    displayName: providerName(player?.personaname),
    ...providerDetails({ avatarUrl: player?.avatarfull }),
  };
}

type Player = z.output<typeof ProfileReply>['response']['players'][number];

async function readPlayer(
  provider: SteamProvider,
  steamId: string,
  fetchSafely: SafeFetch,
): Promise<Player | undefined> {
  if (provider.apiKey === null) return undefined;
  const answer = await askSteam(
    provider,
    provider.userEndpoint,
    { steamids: steamId },
    fetchSafely,
  );
  const reply = readAs(ProfileReply, answer);
  if (!reply.ok) return undefined;
  return reply.value.response.players.find(({ steamid }) => steamid === steamId);
}

/** Asks Steam's web API. The key goes in a header: URLs are logged. */
async function askSteam(
  { apiKey }: SteamProvider,
  endpoint: string,
  query: Readonly<Record<string, string>>,
  fetchSafely: SafeFetch,
): Promise<Result<unknown, SocialFault>> {
  const url = `${endpoint}?${new URLSearchParams(query).toString()}`;
  const headers = { 'x-webapi-key': apiKey ?? '' };
  const answer = await sendToProvider(fetchSafely, url, { headers });
  if (!answer.ok) return answer;
  const { status, body } = answer.value;
  if (status !== 200) {
    return err({ reason: 'provider_refused', detail: `${endpoint}: status ${status}` });
  }
  return ok(parseJson(body));
}
