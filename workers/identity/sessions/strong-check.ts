import type { SessionStatus, StrongCheck } from '../../../shared/contracts/identity-rpc.ts';
import { AccountId, SessionId, TokenId } from '../../../shared/ids.ts';
import type { Services } from '../context.ts';
import { isTokenRevoked } from '../tokens/revoked-tokens.ts';

/**
 * Asks the owners, not a copy: the revoked tokens and the user's object.
 *
 * @throws If either does not answer: the caller decides what that means.
 */
export async function strongCheck(
  { subject, sessionId, tokenId }: StrongCheck,
  { users, ttlStore }: Pick<Services, 'users' | 'ttlStore'>,
): Promise<SessionStatus | 'revoked'> {
  const account = AccountId.parse(subject);
  const session = SessionId.parse(sessionId);
  const token = TokenId.parse(tokenId);
  if (account === undefined || session === undefined || token === undefined) return 'unknown';
  const [isRevoked, status] = await Promise.all([
    isTokenRevoked(ttlStore(), token),
    users(account).checkSession(session),
  ]);
  return isRevoked ? 'revoked' : status;
}
