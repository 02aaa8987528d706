import type { LogEvent } from '../../../../shared/telemetry/log.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../oauth-error.ts';
import type { TokenRequest } from '../token/grant.ts';
import type { TokenRole } from './token-types.ts';

/** Signs that a token is in the wrong hands. */
const ATTACKS: ReadonlySet<string> = new Set([
  'signature_invalid',
  'not_meant_for_client',
  'sender_unproven',
]);

/**
 * The one answer to a token that cannot be exchanged (RFC 8693 §2.2.2): what exactly is wrong with it
 * goes to the log alone.
 */
export function tokenRefusal(
  role: TokenRole,
  reason: string,
  { client: { clientId }, correlationId }: Pick<TokenRequest, 'client' | 'correlationId'>,
  { log }: Pick<Services, 'log'>,
): OAuthError {
  const level: LogEvent['level'] = ATTACKS.has(reason) ? 'security' : 'info';
  log({ event: 'exchange.refused', level, correlationId, clientId, role, reason });
  return new OAuthError('invalid_request', `The ${role} token cannot be used`, { cause: reason });
}
