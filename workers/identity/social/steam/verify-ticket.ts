import * as z from 'zod';

import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import type { SteamProvider } from '../providers/provider.ts';
import { readAs } from '../providers/read-as.ts';
import type { SocialFault } from '../social-fault.ts';
import { askSteam } from './ask-steam.ts';

const Reply = z.object({
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
 * Asks Steam whose session ticket this is (`ISteamUserAuth/AuthenticateUserTicket`): a ticket for our
 * game, and for our service. Nobody but Steam is believed who the player is.
 *
 * @param ticket - Hexadecimal.
 */
export async function verifyTicket(
  provider: SteamProvider & { readonly appId: number },
  ticket: string,
  services: Pick<Services, 'fetchSafely'>,
): Promise<Result<string, SocialFault>> {
  const query = { appid: String(provider.appId), ticket, identity: provider.ticketIdentity };
  const answer = await askSteam(provider, provider.tokenEndpoint, query, services);
  const reply = readAs(Reply, answer);
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
