import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import type {
  DeviceInfo,
  Origin,
  RotateError,
} from '../../../shared/contracts/identity/user-sessions.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { termsOf } from './access-token.ts';
import { type IssueTokensNeeds, issueTokens } from './issue-tokens.ts';
import {
  type FirstPartySessionNeeds,
  openFirstPartySession,
  type SignedIn,
} from './open-user-session.ts';
import { type RotatedToken, type RotateNeeds, rotateRefreshToken } from './rotate-refresh-token.ts';

type TokenReplyNeeds = IssueTokensNeeds & { readonly config: { readonly connectUrl: string } };

export type StartSessionNeeds = FirstPartySessionNeeds & TokenReplyNeeds;

/** Opens a session for somebody who has just proved who they are, and issues its first tokens. */
export async function startSession(
  signedIn: SignedIn,
  needs: StartSessionNeeds,
): Promise<TokenReply> {
  const opened = await openFirstPartySession(signedIn, needs);
  const { authTime } = opened.grant;
  return tokenReply({ ...opened, isKept: false, issuedAt: authTime, now: authTime }, needs);
}

export type RefreshSessionRequest = {
  readonly refreshToken: string;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly correlationId: string;
};

export type RefreshSessionNeeds = RotateNeeds & TokenReplyNeeds;

/** The codes do not tell an unknown token from one of another client or key. */
const CODES = {
  family_unknown: 'TOKEN_REFRESH_INVALID',
  client_mismatch: 'TOKEN_REFRESH_INVALID',
  confirmation_mismatch: 'TOKEN_REFRESH_INVALID',
  refresh_expired: 'TOKEN_REFRESH_EXPIRED',
  session_expired: 'SESSION_EXPIRED',
  family_revoked: 'TOKEN_FAMILY_REVOKED',
  refresh_reused: 'TOKEN_REFRESH_REUSED',
} as const satisfies Record<RotateError['reason'], ErrorCode>;

/**
 * Exchanges a refresh token of our own API for new tokens.
 *
 * @throws {Problem} One of {@link CODES}, `SERVICE_UNAVAILABLE` or `TOKEN_KMS_ERROR`.
 */
export async function refreshSession(
  { refreshToken: text, origin, device, correlationId }: RefreshSessionRequest,
  needs: RefreshSessionNeeds,
): Promise<TokenReply> {
  const requester = { clientId: needs.config.clientId, origin, device };
  const rotated = await rotateRefreshToken({ text, requester, correlationId }, needs);
  if (!rotated.ok) throw new Problem(CODES[rotated.error.reason], { cause: rotated.error });
  return tokenReply(rotated.value, needs);
}

/** What sign-in and refresh answer. Lifetimes are in seconds. */
export type TokenReply = {
  accountId: string;
  sessionId: string;
  accessToken: string;
  refreshToken: string;
  tokenType: 'Bearer';
  expiresIn: number;
  refreshExpiresIn: number;
  connectUrl: string;
};

async function tokenReply(
  { grant, refreshExpiresAt, ...generation }: RotatedToken,
  needs: TokenReplyNeeds,
): Promise<TokenReply> {
  const issued = await issueTokens({ ...generation, terms: termsOf(grant) }, needs);
  return {
    accountId: grant.accountId,
    sessionId: grant.sessionId,
    accessToken: issued.accessToken,
    refreshToken: issued.refreshToken,
    tokenType: 'Bearer',
    expiresIn: issued.expiresIn,
    refreshExpiresIn: Math.max(0, Math.round((refreshExpiresAt - generation.now) / 1_000)),
    connectUrl: needs.config.connectUrl,
  };
}
