import type { Millis, NumericDate } from '../../../shared/clock.ts';
import type { SigningAlgorithm } from '../../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { TokenId } from '../../../shared/ids.ts';
import type { Services } from '../context.ts';
import { type AccessTerms, accessClaims } from './access-claims.ts';

export type AccessTokenRequest = {
  readonly terms: AccessTerms;
  readonly tokenId: TokenId;
  readonly issuedAt: Millis;
  /** `ES256` where absent. */
  readonly alg?: SigningAlgorithm;
  /** Seconds. The deployment's where absent. */
  readonly lifetime?: number;
};

export type SignedAccessToken = { readonly text: string; readonly expiresAt: NumericDate };

/**
 * Signs an access token (RFC 9068). Does NOT ask whether its terms were granted.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, if the keys do not answer.
 */
export async function signAccessToken(
  { terms, alg, ...request }: AccessTokenRequest,
  { config, keys }: Pick<Services, 'config' | 'keys'>,
): Promise<SignedAccessToken> {
  const { issuer, audience, clientId: firstPartyClientId, limits } = config;
  const lifetime = request.lifetime ?? limits.accessSeconds;
  const claims = accessClaims(terms, {
    ...request,
    issuer,
    audience,
    firstPartyClientId,
    lifetime,
  });
  const text = await orUnavailable(
    'the keys',
    () => keys.signJwt({ typ: 'at+jwt', alg, claims }),
    'TOKEN_KMS_ERROR',
  );
  return { text, expiresAt: claims.exp };
}
