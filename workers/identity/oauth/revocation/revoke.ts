import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { TokenId } from '../../../../shared/ids.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import { type PresentedToken, unseal } from '../../../../shared/tokens/refresh-token.ts';
import type { Services } from '../../context.ts';
import { revokeTokenSurely } from '../../tokens/revoked-tokens.ts';
import type { Client } from '../clients/client.ts';
import { readRefreshToken } from '../introspection/introspect-refresh-token.ts';
import { verifyOwnAccessToken } from '../verify/own-tokens.ts';

type Owner = Pick<Client, 'clientId'>;

/**
 * Revokes a token of the client's (RFC 7009 §2.1). A refresh token takes the whole grant with it, the
 * grant's access tokens too; an access token goes alone. Another client's token and one that is
 * nothing to us are left as they are: what the client wants, is so (§2.2).
 *
 * @returns What was revoked.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if that failed: the client must think the token alive.
 */
export async function revoke(
  token: string,
  client: Owner,
  services: Services,
): Promise<'refresh_token' | 'access_token' | 'nothing'> {
  const refreshToken = await unseal(await services.sealingKeys(), token);
  if (refreshToken !== undefined) return revokeGrant(refreshToken, client, services);
  const verified = await verifyOwnAccessToken(token, services);
  return verified.ok ? revokeAccessToken(verified.value, client, services) : 'nothing';
}

async function revokeGrant(token: PresentedToken, { clientId }: Owner, services: Services) {
  const record = await readRefreshToken(token, services);
  if (record?.clientId !== clientId) return 'nothing';
  const ended = await orUnavailable('the user', async () =>
    services.users(token.accountId).endSession(record.grant.sessionId, 'revoked'),
  );
  return ended ? 'refresh_token' : 'nothing';
}

async function revokeAccessToken(
  { principal, expiresAt }: AccessToken,
  { clientId }: Owner,
  services: Services,
) {
  const tokenId = TokenId.parse(principal.tokenId);
  if (tokenId === undefined || principal.clientId !== clientId) return 'nothing';
  await orUnavailable('the revoked tokens', () =>
    revokeTokenSurely({ tokenId, tokenExpiresAt: expiresAt }, services),
  );
  return 'access_token';
}
