import type {
  SessionStatus,
  StrongCheck,
} from '../../../shared/contracts/identity/identity-rpc.ts';
import { SessionId, TokenId } from '../../../shared/ids.ts';
import type { Services } from '../context.ts';
import { accountOfSubject } from '../oauth/pairwise-subject.ts';
import { isTokenRevoked } from '../tokens/revoked-tokens.ts';

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
