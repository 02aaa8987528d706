import { type Millis, toNumericDate } from '../../../shared/clock.ts';
import type { SessionGrant } from '../../../shared/contracts/sessions.ts';
import { accessTokenId, type RefreshToken, seal } from '../../../shared/tokens/refresh-token.ts';
import type { Services } from '../context.ts';
import { reach } from '../reach.ts';
import { accessClaims } from './access-claims.ts';

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
  { config, keys, sealingKeys }: Pick<Services, 'config' | 'keys' | 'sealingKeys'>,
): Promise<TokenReply> {
  const tokenId = await accessTokenId(refreshToken.familyId, refreshToken.generation);
  const claims = accessClaims(grant, tokenId, issuedAt, config);
  const accessToken = await reach(
    'the keys',
    () => keys.signJwt({ typ: 'at+jwt', claims }),
    'TOKEN_KMS_ERROR',
  );
  return {
    accountId: grant.accountId,
    sessionId: grant.sessionId,
    accessToken,
    refreshToken: await seal(await sealingKeys(), refreshToken),
    tokenType: 'Bearer',
    expiresIn: Math.max(0, claims.exp - toNumericDate(now)),
    refreshExpiresIn: Math.max(0, Math.round((refreshExpiresAt - now) / 1_000)),
    connectUrl: config.connectUrl,
  };
}
