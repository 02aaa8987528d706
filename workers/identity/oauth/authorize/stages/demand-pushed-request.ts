import type { Services } from '../../../context.ts';
import { OAuthError } from '../../oauth-error.ts';
import { clientDemands } from '../client-demands.ts';
import type { Draft } from '../draft.ts';

/** Only pushed requests are taken, where the deployment or the client says so (RFC 9126 §5, §6). */
export function demandPushedRequest({ client }: Draft, { config }: Services): undefined {
  if (config.oauth.pushedRequests === 'required' || clientDemands(client).pushed) {
    throw new OAuthError('invalid_request', 'The request must be pushed (RFC 9126)');
  }
}
