import type { SessionId } from '../../../../shared/ids.ts';
import type { Client } from '../clients/client.ts';

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
export function frontChannelLogoutUrl(
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
