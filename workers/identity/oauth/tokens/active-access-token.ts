import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { err, type Result } from '../../../../shared/result.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import type { TokenError } from '../../../../shared/tokens/token-error.ts';
import { type StrongCheckNeeds, strongCheck } from '../../sessions/token-status.ts';
import { type ActiveClientNeeds, isActiveClient } from '../clients/client-directory.ts';
import type { LiveTokens } from './live-tokens.ts';

export type ActiveAccessTokenNeeds = StrongCheckNeeds &
  ActiveClientNeeds & { readonly liveTokens: Pick<LiveTokens, 'verify'> };

/**
 * Verifies an access token of ours and asks the owners whether it is still good: what is made from it
 * must not outlive it. Does NOT check its audience or its sender's key.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if one of them does not answer.
 */
export async function activeAccessToken(
  token: string,
  needs: ActiveAccessTokenNeeds,
): Promise<Result<AccessToken, Pick<TokenError, 'reason'>>> {
  const verified = await needs.liveTokens.verify(token);
  if (!verified.ok) return verified;
  const { principal } = verified.value;
  const [status, isActive] = await Promise.all([
    orUnavailable('the revoked tokens', () => strongCheck(principal, needs)),
    isActiveClient(principal.clientId, needs),
  ]);
  return status === 'live' && isActive ? verified : err({ reason: 'revoked' });
}
