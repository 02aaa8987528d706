import { type Millis, type NumericDate, toNumericDate } from '../../../shared/clock.ts';
import type { SessionGrant } from '../../../shared/contracts/sessions.ts';
import type { TokenId } from '../../../shared/ids.ts';
import type { Config } from '../config.ts';

/** The claims of an access token (RFC 9068 §2.2), and `sid`. */
export type AccessClaims = {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly exp: NumericDate;
  readonly iat: NumericDate;
  readonly nbf: NumericDate;
  readonly jti: string;
  readonly client_id: string;
  readonly scope: string;
  readonly sid: string;
  readonly auth_time: NumericDate;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly roles: readonly string[];
};

/** Claims that follow from the grant alone: equal arguments give equal tokens' claims. */
export function accessClaims(
  grant: SessionGrant,
  tokenId: TokenId,
  issuedAt: Millis,
  { issuer, audience, limits }: Pick<Config, 'issuer' | 'audience' | 'limits'>,
): AccessClaims {
  const iat = toNumericDate(issuedAt);
  return {
    iss: issuer,
    sub: grant.accountId,
    aud: audience,
    exp: iat + limits.accessSeconds,
    iat,
    nbf: iat,
    jti: tokenId,
    client_id: grant.clientId,
    scope: grant.scopes.join(' '),
    sid: grant.sessionId,
    auth_time: toNumericDate(grant.authTime),
    acr: grant.acr,
    amr: grant.amr,
    roles: grant.roles,
  };
}
