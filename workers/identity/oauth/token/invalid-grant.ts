import type { LogEvent } from '../../../../shared/telemetry/log.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../oauth-error.ts';

/**
 * The one answer to a code, token or assertion that cannot be used: what exactly is wrong with it goes
 * to the log alone.
 *
 * @param event - `code.reused`: what was presented, and what is wrong with it.
 */
export function invalidGrant(
  { log }: Pick<Services, 'log'>,
  event: LogEvent,
  description: string,
): OAuthError {
  log(event);
  return new OAuthError('invalid_grant', description, { cause: event.event });
}
