import { type Clock, toNumericDate } from '../../../shared/clock.ts';
import type {
  SessionStatus,
  StrongCheck,
} from '../../../shared/contracts/identity/identity-rpc.ts';
import type { RevocationLog } from '../../../shared/contracts/identity/revocation-log.ts';
import { SessionId, TokenId } from '../../../shared/ids.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { TtlStore } from '../../../shared/ttl-store/ttl-store.ts';
import type { SignedInUser } from '../../kit/request.ts';
import { accountOfSubject } from './pairwise-subject.ts';
import type { Users } from './user-sessions.ts';

export type StrongCheckNeeds = {
  readonly pairwiseKey: () => Promise<CryptoKey>;
  readonly ttlStore: () => TtlStore;
  readonly users: Users;
};

/**
 * Asks the owners of what is revoked, and not a copy: the TTL store about the token, and the user's object
 * about its session.
 *
 * @throws If either does not answer: the caller decides what that means.
 */
export async function strongCheck(
  { subject, sessionId, tokenId }: StrongCheck,
  { users, ttlStore, pairwiseKey }: StrongCheckNeeds,
): Promise<SessionStatus | 'revoked'> {
  const token = TokenId.parse(tokenId);
  if (token === undefined) return 'unknown';
  if (sessionId === null) return (await isTokenRevoked(ttlStore(), token)) ? 'revoked' : 'live';
  const account = await accountOfSubject(await pairwiseKey(), subject);
  const session = SessionId.parse(sessionId);
  if (account === undefined || session === undefined) return 'unknown';
  const [isRevoked, status] = await Promise.all([
    isTokenRevoked(ttlStore(), token),
    users(account).checkSession(session),
  ]);
  return isRevoked ? 'revoked' : status;
}

/** A single access token, which may be revoked before it expires. */
type Revocable = Pick<SignedInUser, 'tokenId' | 'tokenExpiresAt'>;

export type RevokeTokenNeeds = {
  readonly clock: Clock;
  readonly ttlStore: () => TtlStore;
  readonly revocations: () => RevocationLog;
  /** This isolate's snapshot of the revocation log. */
  readonly liveTokens: { readonly expire: () => void };
};

/**
 * Revokes the access token of a session that has just been ended. Ending the session is what counts, so a
 * failure here is logged and the user is not told of it.
 */
export async function revokeToken(
  token: Revocable,
  { log, ...needs }: RevokeTokenNeeds & { readonly log: Log },
): Promise<void> {
  const { tokenId } = token;
  for (const cause of await failuresOf(token, needs)) {
    log({ event: 'token.revoke_failed', level: 'error', tokenId, cause: String(cause) });
  }
}

/**
 * Revokes an access token whose session goes on.
 *
 * @throws {AggregateError} If it may still be good somewhere. Calling it again does no harm.
 */
export async function revokeTokenSurely(token: Revocable, needs: RevokeTokenNeeds): Promise<void> {
  const failures = await failuresOf(token, needs);
  if (failures.length > 0) throw new AggregateError(failures, 'Cannot revoke an access token');
}

export async function isTokenRevoked(store: TtlStore, id: TokenId): Promise<boolean> {
  return (await store.get(keyOf(id))) !== undefined;
}

/** Tells both the TTL store, which the strong check asks, and the revocation log, which isolates follow. */
async function failuresOf(
  { tokenId, tokenExpiresAt }: Revocable,
  { clock, ttlStore, revocations, liveTokens }: RevokeTokenNeeds,
): Promise<readonly unknown[]> {
  const remaining = tokenExpiresAt - toNumericDate(clock());
  if (remaining < 1) return [];
  const entry = { kind: 'token', id: tokenId, expiresAt: tokenExpiresAt } as const;
  const outcomes = await Promise.allSettled([
    (async () => ttlStore().put(keyOf(tokenId), '1', remaining))(),
    (async () => revocations().append([entry]))(),
  ]);
  liveTokens.expire();
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
}

/** By its `jti`. */
const keyOf = (id: TokenId): string => `revoked:${id}`;
