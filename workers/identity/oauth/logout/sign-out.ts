import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { SessionId } from '../../../../shared/ids.ts';
import type { Services } from '../../context.ts';
import { causesOf } from '../../errors.ts';
import type { BrowserSession } from '../../sessions/browser-session.ts';
import type { Client } from '../clients/client.ts';

/**
 * Ends a browser's session, and with it the grants that do not outlive it. Relying parties hear of it
 * from the user's object (OpenID Connect Back-Channel Logout §2.3).
 *
 * @returns What the browser must load, so that clients forget the session there, too.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the session may live on.
 */
export async function signOut(
  { grant }: Pick<BrowserSession, 'grant'>,
  services: Services,
): Promise<readonly URL[]> {
  const { accountId, sessionId } = grant;
  const user = services.users(accountId);
  const parties = await orUnavailable('the user', async () => {
    await user.endSession(sessionId, 'logout');
    return user.relyingParties(sessionId);
  });
  return frontChannelUrls(
    parties.map((party) => party.clientId),
    sessionId,
    services,
  );
}

/** The user is signed out: a client that cannot be looked up now changes nothing about that. */
async function frontChannelUrls(
  clientIds: readonly string[],
  sessionId: SessionId,
  { clients, config, log }: Services,
): Promise<readonly URL[]> {
  try {
    const found = await Promise.all(clientIds.map((id) => clients.find(id)));
    return found
      .filter((client) => client !== undefined)
      .map((client) => frontChannelLogoutUrl(client, config.issuer, sessionId))
      .filter((url) => url !== undefined);
  } catch (error) {
    log({
      event: 'logout.front_channel_failed',
      level: 'warn',
      sessionId,
      causes: causesOf(error),
    });
    return [];
  }
}

type FrontChannelClient = Pick<
  Client,
  'frontchannelLogoutUri' | 'frontchannelLogoutSessionRequired'
>;

/**
 * What a page must load, so that a client forgets the session in this browser (OpenID Connect
 * Front-Channel Logout §2, §3). Issuer and session go together or not at all.
 *
 * @returns `undefined`: the client wants none.
 */
function frontChannelLogoutUrl(
  { frontchannelLogoutUri, frontchannelLogoutSessionRequired }: FrontChannelClient,
  issuer: string,
  sessionId: SessionId,
): URL | undefined {
  if (frontchannelLogoutUri === null) return undefined;
  const url = new URL(frontchannelLogoutUri);
  if (frontchannelLogoutSessionRequired) {
    url.searchParams.set('iss', issuer);
    url.searchParams.set('sid', sessionId);
  }
  return url;
}
