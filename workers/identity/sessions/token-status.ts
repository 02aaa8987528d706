import { toNumericDate } from '../../../shared/clock.ts';
import type {
  SessionStatus,
  StrongCheck,
} from '../../../shared/contracts/identity/identity-rpc.ts';
import { SessionId, TokenId } from '../../../shared/ids.ts';
import type { TtlStore } from '../../../shared/ttl-store/ttl-store.ts';
import type { Services, User } from '../context.ts';
import { accountOfSubject } from './pairwise-subject.ts';

/**
 * Asks the owners, not a copy: the revoked tokens and, of a session, the user's object.
 *
 * @throws If either does not answer: the caller decides what that means.
 */
export async function strongCheck(
  { subject, sessionId, tokenId }: StrongCheck,
  { users, ttlStore, pairwiseKey }: Pick<Services, 'users' | 'ttlStore' | 'pairwiseKey'>,
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

/**
 * Single access tokens that are revoked before they expire, by `jti`.
 **/

type Revocable = Pick<User, 'tokenId' | 'tokenExpiresAt'>;
type Stores = Pick<Services, 'clock' | 'ttlStore' | 'revocations' | 'liveTokens'>;

const keyOf = (id: TokenId): string => `revoked:${id}`;

/**
 * Revokes the access token that was presented. Call it when its session has been ended, which is what
 * counts: a failure here is logged and not an answer to the user.
 */
export async function revokeToken(
  token: Revocable,
  { log, ...stores }: Stores & Pick<Services, 'log'>,
): Promise<void> {
  const { tokenId } = token;
  for (const cause of await failuresOf(token, stores)) {
    log({ event: 'token.revoke_failed', level: 'error', tokenId, cause: String(cause) });
  }
}

/**
 * Revokes an access token whose session goes on.
 *
 * @throws {AggregateError} If it may not be revoked everywhere. Doing it again does no harm.
 */
export async function revokeTokenSurely(token: Revocable, stores: Stores): Promise<void> {
  const failures = await failuresOf(token, stores);
  if (failures.length > 0) throw new AggregateError(failures, 'Cannot revoke an access token');
}

export async function isTokenRevoked(store: TtlStore, id: TokenId): Promise<boolean> {
  return (await store.get(keyOf(id))) !== undefined;
}

/** Revokes for those who ask the store, and for those who read the log. */
async function failuresOf(
  { tokenId, tokenExpiresAt }: Revocable,
  { clock, ttlStore, revocations, liveTokens }: Stores,
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
