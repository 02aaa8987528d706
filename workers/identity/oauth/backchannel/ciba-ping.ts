/**
 * Telling a client that its user has answered: the ping, which never carries a token.
 *
 * @see [OpenID Connect CIBA §10.2](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#ping_callback)
 * @module
 */

import { type Millis, seconds } from '../../../../shared/clock.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import type { Services } from '../../context.ts';
import type { Client } from '../clients/client.ts';
import type { CibaRequest } from './ciba-requests.ts';

/** Both let whoever has them act for the client: sealed while they wait. */
export type Ping = { readonly authReqId: string; readonly notificationToken: string };

const PURPOSE = 'ciba ping v1';

export const sealPing = async (
  { authReqId, notificationToken }: Ping,
  { sealingKeys }: Pick<Services, 'sealingKeys'>,
): Promise<string> =>
  sealText(await sealingKeys(), PURPOSE, JSON.stringify([authReqId, notificationToken]));

/** Before the second try, and the third. A client that heard nothing polls all the same. */
const PAUSES: readonly Millis[] = [seconds(1), seconds(4)];
const MAX_BYTES = 4_096;

type PingServices = Pick<Services, 'sealingKeys' | 'fetchSafely' | 'log' | 'pause'>;

/** Never fails: what comes of it is in the log. */
export async function pingClient(
  client: Client,
  { ping }: CibaRequest,
  services: PingServices,
): Promise<void> {
  const endpoint = client.backchannelClientNotificationEndpoint;
  if (ping === null || endpoint === null) return;
  const sealed = await unsealText(await services.sealingKeys(), PURPOSE, ping);
  const [authReqId = '', notificationToken = ''] = JSON.parse(sealed ?? '[]');
  const outcome = await tryToPing(endpoint, { authReqId, notificationToken }, services);
  const level = outcome === 'told' ? 'info' : 'warn';
  services.log({ event: `ciba.ping_${outcome}`, level, clientId: client.clientId });
}

type Outcome = 'told' | 'refused' | 'failed';

async function tryToPing(endpoint: string, ping: Ping, services: PingServices): Promise<Outcome> {
  for (const pause of [0, ...PAUSES]) {
    if (pause > 0) await services.pause(pause);
    const outcome = await pingOnce(endpoint, ping, services);
    if (outcome !== 'failed') return outcome;
  }
  return 'failed';
}

/** A client that says no is not asked again: something is wrong with its registration. */
async function pingOnce(
  endpoint: string,
  { authReqId, notificationToken }: Ping,
  { fetchSafely }: PingServices,
): Promise<Outcome> {
  const answered = await fetchSafely(endpoint, {
    method: 'POST',
    accept: '*/*',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${notificationToken}` },
    body: JSON.stringify({ auth_req_id: authReqId }),
    maxBytes: MAX_BYTES,
  });
  if (!answered.ok) return answered.error.reason === 'unreachable' ? 'failed' : 'refused';
  const { status } = answered.value;
  if (status >= 200 && status < 300) return 'told';
  return status >= 500 || status === 429 ? 'failed' : 'refused';
}
