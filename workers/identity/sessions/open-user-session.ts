import type { Clock, Millis } from '../../../shared/clock.ts';
import type { AccountState } from '../../../shared/contracts/identity/identity-rpc.ts';
import type {
  DeviceInfo,
  OpenSession,
  Origin,
  SessionGrant,
  SessionLimits,
} from '../../../shared/contracts/identity/user-sessions.ts';
import {
  type AccountId,
  type ClientId,
  newFamilyId,
  newSessionId,
  type SessionId,
} from '../../../shared/ids.ts';
import {
  hashSecret,
  newRefreshSecret,
  type RefreshToken,
} from '../../../shared/tokens/refresh-token.ts';
import { type Requester, requestInstallation } from './request-origin.ts';
import type { User, Users } from './user-sessions.ts';

export type OpenUserSessionNeeds = {
  readonly config: { readonly limits: SessionLimits };
  readonly users: Users;
};

/** What is new in every session, whatever it is opened for. */
export type NewSession = Pick<
  OpenSession,
  'familyId' | 'secretHash' | 'origin' | 'device' | 'installation' | 'limits'
> & { readonly sessionId: SessionId };

export type OpenedUserSession<Opened> = {
  /** What the user's object answered. */
  readonly opened: Opened;
  readonly sessionId: SessionId;
  /** The first of the session's refresh tokens. */
  readonly refreshToken: RefreshToken;
};

/**
 * Opens a session. Every session gets its ids, its secret, its installation and its limits here. The user's
 * object is told only the hash of the secret.
 *
 * @param open - Calls the method of the user's object that opens it.
 */
export async function openUserSession<Opened>(
  accountId: AccountId,
  requester: Requester,
  open: (user: User, session: NewSession) => Promise<Opened>,
  { config, users }: OpenUserSessionNeeds,
): Promise<OpenedUserSession<Opened>> {
  const secret = newRefreshSecret();
  const [secretHash, installation] = await Promise.all([
    hashSecret(secret),
    requestInstallation(requester),
  ]);
  const { origin, device } = requester;
  const { limits } = config;
  const sessionId = newSessionId();
  const familyId = newFamilyId();
  const session = { sessionId, familyId, secretHash, origin, device, installation, limits };
  const opened = await open(users(accountId), session);
  return { opened, sessionId, refreshToken: { accountId, familyId, generation: 0, secret } };
}

/** The scopes of our own API's and pages' sessions (OpenID Connect Core §5.4, §11). */
const FIRST_PARTY_SCOPES = ['openid', 'profile', 'email', 'offline_access'];

/** Somebody who has just proved to us who they are. */
export type SignedIn = {
  /** As it was read together with what proves who they are. */
  readonly account: AccountState & { readonly id: AccountId };
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly method: SignInMethod;
};

export type FirstPartySessionNeeds = OpenUserSessionNeeds & {
  readonly config: { readonly clientId: ClientId };
  readonly clock: Clock;
};

export type FirstPartySession = {
  readonly grant: SessionGrant;
  readonly refreshToken: RefreshToken;
  readonly refreshExpiresAt: Millis;
};

/** Opens a session with our own API or pages for somebody who has just proved who they are. */
export async function openFirstPartySession(
  { account, origin, device, method }: SignedIn,
  needs: FirstPartySessionNeeds,
): Promise<FirstPartySession> {
  const { clientId } = needs.config;
  const granted = {
    accountId: account.id,
    clientId,
    scopes: FIRST_PARTY_SCOPES,
    roles: account.roles,
    ...method,
    authTime: needs.clock(),
  };
  const { opened, sessionId, refreshToken } = await openUserSession(
    account.id,
    { clientId, origin, device },
    (user, { sessionId: id, ...session }) =>
      user.openSession({
        ...session,
        grant: { ...granted, sessionId: id },
        account: accountStateOf(account),
      }),
    needs,
  );
  const { refreshExpiresAt } = opened;
  return { grant: { ...granted, sessionId }, refreshToken, refreshExpiresAt };
}

/** What the user's object is told of an account, and nothing else of it. */
export const accountStateOf = ({
  status,
  roles,
  version,
  credentialsVersion,
}: AccountState): AccountState => ({ status, roles, version, credentialsVersion });

/** How somebody proved who they are, as the tokens of their session say it. */
export type SignInMethod = {
  /** RFC 8176. */
  readonly amr: readonly string[];
  /** The authentication context (OpenID Connect Core §2). */
  readonly acr: string;
};

export const SIGN_IN_METHODS = {
  password: { amr: ['pwd'], acr: 'urn:sallyport:acr:pwd' },
  /** Another provider says who it is. RFC 8176 has no value for that; others use this one. */
  federated: { amr: ['fed'], acr: 'urn:sallyport:acr:fed' },
} as const satisfies Record<string, SignInMethod>;
