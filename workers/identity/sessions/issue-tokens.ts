import { type Millis, toNumericDate } from '../../../shared/clock.ts';
import type { SessionGrant } from '../../../shared/contracts/identity/user-sessions.ts';
import { accessTokenId, type RefreshToken, seal } from '../../../shared/tokens/refresh-token.ts';
import type { Services } from '../context.ts';
import { signAccessToken, termsOf } from './access-token.ts';

export type IssueRequest = {
  readonly grant: SessionGrant;
  readonly refreshToken: RefreshToken;
  /** When the refresh token's generation began: the same for a repeated request. */
  readonly issuedAt: Millis;
  readonly refreshExpiresAt: Millis;
  /** What the remaining lives are counted from. */
  readonly now: Millis;
};

/** What sign-in and refresh answer. Lives in seconds. */
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

/**
 * Signs the access token and seals the refresh token of one generation. Asked again for the same
 * generation, the refresh token is the same byte for byte and the access token has the same claims.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, if the keys do not answer.
 */
export async function issueTokens(
  { grant, refreshToken, issuedAt, refreshExpiresAt, now }: IssueRequest,
  services: Pick<Services, 'config' | 'keys' | 'sealingKeys'>,
): Promise<TokenReply> {
  const { config, sealingKeys } = services;
  const tokenId = await accessTokenId(refreshToken.familyId, refreshToken.generation);
  const terms = termsOf(grant, config.audience);
  const accessToken = await signAccessToken({ terms, tokenId, issuedAt }, services);
  return {
    accountId: grant.accountId,
    sessionId: grant.sessionId,
    accessToken: accessToken.text,
    refreshToken: await seal(await sealingKeys(), refreshToken),
    tokenType: 'Bearer',
    expiresIn: Math.max(0, accessToken.expiresAt - toNumericDate(now)),
    refreshExpiresIn: Math.max(0, Math.round((refreshExpiresAt - now) / 1_000)),
    connectUrl: config.connectUrl,
  };
}
