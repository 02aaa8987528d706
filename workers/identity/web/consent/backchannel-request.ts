import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { BackchannelRequest } from '../../oauth/backchannel/backchannel-requests.ts';
import type { RequestedTerms } from '../../oauth/backchannel/requested-terms.ts';
import type { Client } from '../../oauth/clients/client.ts';
import type { Viewer } from '../kit/viewer.ts';
import type { Permissions } from './permissions.tsx';

/**
 * Whether the user must prove again who they are before they answer (OpenID Connect Core §2,
 * `default_max_age`). Having done so since the request began is enough.
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
 * What a page shows of a request to this viewer, in short: comes back with the answer. Somebody else
 * may have signed in meanwhile, or the client may have changed what it is called.
 *
 * @param id - The request's. What it asks for never changes.
 */
export async function shownDigest(
  id: string,
  { clientId, name, source }: Client,
  { account }: Viewer,
): Promise<string> {
  const shown = [id, account.id, clientId, name, source];
  return toBase64Url(await sha256(utf8(JSON.stringify(shown))));
}

/** Everything that a request asks for. Its user answers each time, so nothing is left out. */
export const requestedPermissions = ({
  scopes,
  resources,
  authorizationDetails,
}: RequestedTerms): Permissions => ({ scopes, claims: [], resources, authorizationDetails });
