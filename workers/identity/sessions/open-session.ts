import type { Millis } from '../../../shared/clock.ts';
import type {
  DeviceInfo,
  Origin,
  SessionGrant,
} from '../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { newFamilyId, newSessionId } from '../../../shared/ids.ts';
import {
  hashSecret,
  newRefreshSecret,
  type RefreshToken,
} from '../../../shared/tokens/refresh-token.ts';
import type { Account } from '../accounts/account.ts';
import type { Services } from '../context.ts';
import { issueTokens, type TokenReply } from './issue-tokens.ts';
import { requestInstallation } from './request-origin.ts';

/** Opens a session for somebody who has just proved who they are, and issues its first tokens. */
export async function startSession(signedIn: SignedIn, services: Services): Promise<TokenReply> {
  const opened = await openSession(signedIn, services);
  const { authTime } = opened.grant;
  return issueTokens({ ...opened, issuedAt: authTime, now: authTime }, services);
}

/** What a signed-in user allows our own clients to do (OpenID Connect Core §5.4, §11). */
const SCOPES = ['openid', 'profile', 'email', 'offline_access'];

type SignedIn = {
  readonly account: Pick<Account, 'id' | 'roles'>;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly method: SignInMethod;
};

export type OpenedSignIn = {
  readonly grant: SessionGrant;
  readonly refreshToken: RefreshToken;
  readonly refreshExpiresAt: Millis;
};

/** Opens a session for somebody who has just proved who they are. */
export async function openSession(
  { account, origin, device, method }: SignedIn,
  { config, clock, users }: Services,
): Promise<OpenedSignIn> {
  const grant: SessionGrant = {
    sessionId: newSessionId(),
    accountId: account.id,
    clientId: config.clientId,
    scopes: SCOPES,
    roles: account.roles,
    ...method,
    authTime: clock(),
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
  const opened = await orUnavailable('the user', async () =>
    users(account.id).openSession(request),
  );
  const refreshToken = { accountId: account.id, familyId, generation: 0, secret };
  return { grant, refreshToken, refreshExpiresAt: opened.refreshExpiresAt };
}

/** How somebody proved who they are: what the tokens of their session say of it. */
export type SignInMethod = {
  /** RFC 8176. */
  readonly amr: readonly string[];
  /** The authentication context (OpenID Connect Core §2). */
  readonly acr: string;
};

export const SIGN_IN_METHODS = {
  password: { amr: ['pwd'], acr: 'urn:sallyport:acr:pwd' },
  /** Another provider's word, however it came by it. RFC 8176 names none; this is what others use. */
  federated: { amr: ['fed'], acr: 'urn:sallyport:acr:fed' },
} as const satisfies Record<string, SignInMethod>;
