import type { Services } from '../../context.ts';
import type { OAuthError } from '../oauth-error.ts';
import type { TokenRequest } from '../token/grant.ts';
import { invalidGrant } from '../token/invalid-grant.ts';

/** Signs that what is polled with is in the wrong hands. */
const ATTACKS: ReadonlySet<string> = new Set(['client_mismatch', 'code_reused']);

/** The one answer to a secret that leads to nothing of this client's. */
export function unusable(
  reason: string,
  { client, correlationId }: TokenRequest,
  services: Services,
): OAuthError {
  const level = ATTACKS.has(reason) ? 'security' : 'info';
  const { clientId } = client;
  const event = { event: `polled.${reason}`, level, correlationId, clientId } as const;
  return invalidGrant(services, event, 'There is no such request of this client');
}
