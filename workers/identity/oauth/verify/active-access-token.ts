import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { err, type Result } from '../../../../shared/result.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import type { TokenError } from '../../../../shared/tokens/token-error.ts';
import type { Services } from '../../context.ts';
import { strongCheck } from '../../sessions/strong-check.ts';
import { isActiveClient } from '../clients/active-client.ts';

/**
 * Verifies an access token of ours and asks the owners whether it is still good: what is made from it
 * must not outlive it. Does NOT check its audience or its sender's key.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if one of them does not answer.
 */
export async function activeAccessToken(
  token: string,
  services: Services,
): Promise<Result<AccessToken, Pick<TokenError, 'reason'>>> {
  const verified = await services.liveTokens.verify(token);
  if (!verified.ok) return verified;
  const { principal } = verified.value;
  const [status, isActive] = await Promise.all([
    orUnavailable('the user', () => strongCheck(principal, services)),
    isActiveClient(principal.clientId, services),
  ]);
  return status === 'live' && isActive ? verified : err({ reason: 'revoked' });
}
