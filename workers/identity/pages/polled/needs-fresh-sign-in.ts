import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { Client } from '../../oauth/clients/client.ts';
import type { PolledRequest } from '../../oauth/polled/polled-request.ts';

/**
 * Whether the user must prove again who they are before they answer (OpenID Connect Core §2,
 * `default_max_age`). Having done so since the request began is enough.
 */
export function needsFreshSignIn(
  { defaultMaxAge }: Pick<Client, 'defaultMaxAge'>,
  { beganAt }: Pick<PolledRequest, 'beganAt'>,
  { authTime }: Pick<SessionGrant, 'authTime'>,
  now: Millis,
): boolean {
  if (defaultMaxAge === null || authTime >= beganAt) return false;
  return now > authTime + seconds(defaultMaxAge);
}
