import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { AuthorizationRequest } from '../../oauth/authorize/authorization-request.ts';

/**
 * Whether who is signed in may go on without proving again who they are (OpenID Connect Core
 * §3.1.2.1, `prompt` and `max_age`). Where the client names a subject, the authorization endpoint
 * sends here only those who are somebody else.
 */
export function mayGoOn(
  { prompts, maxAge, requiredSubject }: AuthorizationRequest,
  { authTime }: Pick<SessionGrant, 'authTime'>,
  now: Millis,
): boolean {
  if (prompts.includes('login') || requiredSubject !== null) return false;
  return maxAge === null || now <= authTime + seconds(maxAge);
}
