import type { Services } from '../context.ts';
import { issueTokens, type TokenReply } from '../tokens/issue-tokens.ts';
import { openSession, type SignedIn } from './open-session.ts';

/** Opens a session for somebody who has just proved who they are, and issues its first tokens. */
export async function startSession(signedIn: SignedIn, services: Services): Promise<TokenReply> {
  const opened = await openSession(signedIn, services);
  const { authTime } = opened.grant;
  return issueTokens({ ...opened, issuedAt: authTime, now: authTime }, services);
}
