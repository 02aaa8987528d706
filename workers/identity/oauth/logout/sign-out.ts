import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { SessionId } from '../../../../shared/ids.ts';
import type { BrowserSession } from '../../browser/browser-session.ts';
import type { Services } from '../../context.ts';
import { causesOf } from '../../errors.ts';
import { frontChannelLogoutUrl } from './front-channel-logout.ts';

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
