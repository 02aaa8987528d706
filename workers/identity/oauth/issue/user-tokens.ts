import { type Millis, toNumericDate } from '../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { TokenId } from '../../../../shared/ids.ts';
import { accessTokenId, type RefreshToken, seal } from '../../../../shared/tokens/refresh-token.ts';
import type { Services } from '../../context.ts';
import { type SignedAccessToken, signAccessToken, termsOf } from '../../sessions/access-token.ts';
import type { ResourceServices } from '../resources/check-resources.ts';
import type { Narrowed, TokenRequest, TokenResponse } from './grant.ts';
import { type IdTokenServices, issueIdToken } from './id-token.ts';
import { confirmationOf } from './sender-proof.ts';
import { tokenTarget } from './token-target.ts';

export type UserTokenServices = Pick<Services, 'sealingKeys'> & IdTokenServices & ResourceServices;

/** One generation of a grant's tokens. */
export type UserTokens = {
  readonly grant: SessionGrant;
  readonly narrowed: Narrowed;
  readonly refreshToken: RefreshToken;
  /** Where one generation gets several access tokens: this one's. */
  readonly tokenId?: TokenId;
  /** When the generation began: the same for a repeated request. */
  readonly issuedAt: Millis;
  /** What the remaining lives are counted from. */
  readonly now: Millis;
  readonly nonce: string | null;
};

/**
 * Issues the tokens of a grant that a user gave: an access token, a refresh token if the client may use
 * one, an ID token if it is an authentication. Asked again for the same generation, the refresh token
 * is the same byte for byte and the access token has the same claims.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, `SERVICE_UNAVAILABLE`
 */
export async function issueUserTokens(
  tokens: UserTokens,
  request: Pick<TokenRequest, 'client' | 'proof'>,
  services: UserTokenServices,
): Promise<TokenResponse> {
  const { client, proof } = request;
  const { grant, narrowed, refreshToken, issuedAt, nonce } = tokens;
  const isRefreshable = client.grantTypes.includes('refresh_token');
  const [accessToken, refresh] = await Promise.all([
    issueAccessToken(tokens, request, services),
    isRefreshable ? sealed(refreshToken, services) : undefined,
  ]);
  const idToken = narrowed.scopes.includes('openid')
    ? await issueIdToken(
        { client, grant, accessToken: accessToken.text, issuedAt, nonce },
        services,
      )
    : undefined;
  const details = grant.oauth?.authorizationDetails ?? [];
  return {
    access_token: accessToken.text,
    token_type: proof.dpopJkt === null ? 'Bearer' : 'DPoP',
    expires_in: Math.max(0, accessToken.expiresAt - toNumericDate(tokens.now)),
    scope: narrowed.scopes.join(' '),
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
    ...(idToken === undefined ? {} : { id_token: idToken }),
    ...(details.length === 0 ? {} : { authorization_details: details }),
  };
}

const sealed = async (token: RefreshToken, { sealingKeys }: UserTokenServices): Promise<string> =>
  seal(await sealingKeys(), token);

async function issueAccessToken(
  { grant, narrowed, refreshToken, issuedAt, tokenId: ownId }: UserTokens,
  { client, proof }: Pick<TokenRequest, 'client' | 'proof'>,
  services: UserTokenServices,
): Promise<SignedAccessToken> {
  const { familyId, generation } = refreshToken;
  const [{ alg, lifetime, ...target }, tokenId] = await Promise.all([
    tokenTarget(client, narrowed.scopes, narrowed.resources, services),
    ownId ?? accessTokenId(familyId, generation),
  ]);
  const confirmation = confirmationOf(proof);
  const terms = { ...termsOf(grant, services.config.audience), ...target, confirmation };
  return signAccessToken({ terms, tokenId, issuedAt, alg, lifetime }, services);
}
