import type { DeviceInfo, Origin, SessionGrant } from '../../../shared/contracts/sessions.ts';
import { newFamilyId, newSessionId } from '../../../shared/ids.ts';
import { hashSecret, newRefreshSecret } from '../../../shared/tokens/refresh-token.ts';
import type { Account } from '../accounts/account.ts';
import type { Services } from '../context.ts';
import { reach } from '../reach.ts';
import { issueTokens, type TokenReply } from '../tokens/issue-tokens.ts';
import { requestInstallation } from './request-origin.ts';

/** What a signed-in user allows our own clients to do (OpenID Connect Core §5.4, §11). */
const SCOPES = ['openid', 'profile', 'email', 'offline_access'];
/** One factor, a password. */
const PASSWORD = { amr: ['pwd'], acr: 'urn:sallyport:acr:pwd' };

export type SignedIn = {
  readonly account: Pick<Account, 'id' | 'roles'>;
  readonly origin: Origin;
  readonly device: DeviceInfo;
};

/** Opens a session for somebody who has just proved who they are, and issues its first tokens. */
export async function startSession(
  { account, origin, device }: SignedIn,
  services: Services,
): Promise<TokenReply> {
  const { config, clock } = services;
  const now = clock();
  const grant: SessionGrant = {
    sessionId: newSessionId(),
    accountId: account.id,
    clientId: config.clientId,
    scopes: SCOPES,
    roles: account.roles,
    ...PASSWORD,
    authTime: now,
  };
  const familyId = newFamilyId();
  const secret = newRefreshSecret();
  const request = {
    grant,
    familyId,
    secretHash: await hashSecret(secret),
    origin,
    device,
    installation: await requestInstallation(origin, device, config.clientId),
    limits: config.limits,
  };
  const opened = await reach('the user', async () =>
    services.users(account.id).openSession(request),
  );
  const refreshToken = { accountId: account.id, familyId, generation: 0, secret };
  const { refreshExpiresAt } = opened;
  return issueTokens({ grant, refreshToken, issuedAt: now, refreshExpiresAt, now }, services);
}
