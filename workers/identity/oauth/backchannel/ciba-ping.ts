/**
 * The ping by which a client learns that its user has answered. It never carries a token.
 *
 * @see [OpenID Connect CIBA §10.2](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#ping_callback)
 * @module
 */

import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import type { Log, LogEvent } from '../../../../shared/telemetry/log.ts';
import { sealText, unsealText } from '../../../../shared/tokens/sealed-text.ts';
import type { SealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import type { Client } from '../clients/client.ts';
import type { CibaRequest } from './ciba-requests.ts';

/** Both let whoever has them act for the client, so they are sealed while they are stored. */
export type Ping = { readonly authReqId: string; readonly notificationToken: string };

const PURPOSE = 'ciba ping v1';

export type SealPingNeeds = { readonly sealingKeys: () => Promise<SealingKeys> };

export const sealPing = async (
  { authReqId, notificationToken }: Ping,
  { sealingKeys }: SealPingNeeds,
): Promise<string> =>
  sealText(await sealingKeys(), PURPOSE, JSON.stringify([authReqId, notificationToken]));

type SendPingNeeds = {
  readonly fetchSafely: SafeFetch;
  readonly pause: (duration: Millis) => Promise<void>;
};

export type PingNeeds = SealPingNeeds & SendPingNeeds & { readonly log: Log };

/** Pings a client, if it is one that wants it. The outcome goes to the log only. */
export async function pingClient(
  client: Client,
  { ping }: CibaRequest,
  needs: PingNeeds,
): Promise<void> {
  const endpoint = client.backchannelClientNotificationEndpoint;
  if (ping === null || endpoint === null) return;
  const sealed = await unsealText(await needs.sealingKeys(), PURPOSE, ping);
  const [authReqId = '', notificationToken = ''] = JSON.parse(sealed ?? '[]');
  const outcome = await sendPing(endpoint, { authReqId, notificationToken }, needs);
  needs.log({ ...EVENTS[outcome], clientId: client.clientId });
}

type Outcome = 'delivered' | 'refused' | 'failed';

const EVENTS = {
  delivered: { event: 'ciba.ping_told', level: 'info' },
  refused: { event: 'ciba.ping_refused', level: 'warn' },
  failed: { event: 'ciba.ping_failed', level: 'warn' },
} as const satisfies Record<Outcome, LogEvent>;

/** Before the second attempt, and the third. A client that got no ping may poll all the same. */
const PAUSES: readonly Millis[] = [seconds(1), seconds(4)];
const MAX_BYTES = 4_096;

async function sendPing(endpoint: string, ping: Ping, needs: SendPingNeeds): Promise<Outcome> {
  for (const pause of [0, ...PAUSES]) {
    if (pause > 0) await needs.pause(pause);
    const outcome = await sendPingOnce(endpoint, ping, needs);
    if (outcome !== 'failed') return outcome;
  }
  return 'failed';
}

/** A client that refuses is not asked again: something is wrong with its registration. */
async function sendPingOnce(
  endpoint: string,
  { authReqId, notificationToken }: Ping,
  { fetchSafely }: SendPingNeeds,
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
  if (status >= 200 && status < 300) return 'delivered';
  return status >= 500 || status === 429 ? 'failed' : 'refused';
}
