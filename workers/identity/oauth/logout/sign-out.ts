import type { SessionId } from '../../../../shared/ids.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import { causesOf } from '../../../kit/problems.ts';
import type { BrowserSession } from '../../sessions/browser-session.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';

type FrontChannelNeeds = {
  readonly config: { readonly issuer: string };
  readonly clients: Pick<ClientDirectory, 'find'>;
  readonly log: Log;
};

export type SignOutNeeds = FrontChannelNeeds & {
  readonly users: Users;
};

/**
 * Ends a browser's session, and with it the grants that end with it. The user's object notifies relying
 * parties (OpenID Connect Back-Channel Logout §2.3).
 *
 * @returns The pages that the browser must load, so that clients end the session there, too.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the session may live on.
 */
export async function signOut(
  { grant }: Pick<BrowserSession, 'grant'>,
  needs: SignOutNeeds,
): Promise<readonly URL[]> {
  const { accountId, sessionId } = grant;
  const user = needs.users(accountId);
  await user.endSession(sessionId, 'logout');
  const parties = await user.relyingParties(sessionId);
  const clientIds = parties.map(({ clientId }) => clientId);
  return frontChannelUrls(clientIds, sessionId, needs);
}

/** Never fails: the user is signed out, whether or not their clients can be looked up now. */
async function frontChannelUrls(
  clientIds: readonly string[],
  sessionId: SessionId,
  { clients, config, log }: FrontChannelNeeds,
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
 * The page of a client that ends the session in this browser (OpenID Connect Front-Channel Logout §2,
 * §3). Issuer and session are sent together or not at all.
 *
 * @returns `undefined`: the client registered none.
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
