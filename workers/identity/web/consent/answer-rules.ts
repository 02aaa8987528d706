/**
 * The rules for a page on which a user answers a backchannel request: what it shows, and whether the user
 * must sign in again before the answer counts.
 *
 * @module
 */

import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { BackchannelRequest } from '../../oauth/backchannel/request-store.ts';
import type { RequestedTerms } from '../../oauth/backchannel/requested-terms.ts';
import type { Client } from '../../oauth/clients/client.ts';
import type { Viewer } from '../kit/viewer.ts';
import type { Permissions } from './permissions.tsx';

/**
 * Whether the user must sign in again before they answer (OpenID Connect Core §2, `default_max_age`).
 * Having signed in since the request began is enough.
 */
export function needsFreshSignIn(
  { defaultMaxAge }: Pick<Client, 'defaultMaxAge'>,
  { beganAt }: Pick<BackchannelRequest, 'beganAt'>,
  { authTime }: Pick<SessionGrant, 'authTime'>,
  now: Millis,
): boolean {
  if (defaultMaxAge === null || authTime >= beganAt) return false;
  return now > authTime + seconds(defaultMaxAge);
}

/**
 * A digest of what a page shows to this viewer, which comes back with the answer: meanwhile somebody else
 * may have signed in, or the client may have changed its name.
 *
 * @param id - The request's id. It covers what is requested, because that never changes.
 */
export async function shownDigest(
  id: string,
  { clientId, name, source }: Client,
  { account }: Viewer,
): Promise<string> {
  const shown = [id, account.id, clientId, name, source];
  return toBase64Url(await sha256(utf8(JSON.stringify(shown))));
}

/** What was agreed to before is shown, too: the user answers each of these requests. */
export const requestedPermissions = ({
  scopes,
  resources,
  authorizationDetails,
}: RequestedTerms): Permissions => ({ scopes, claims: [], resources, authorizationDetails });
