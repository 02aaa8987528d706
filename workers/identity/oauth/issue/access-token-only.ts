import { type NumericDate, toNumericDate } from '../../../../shared/clock.ts';
import { newTokenId } from '../../../../shared/ids.ts';
import type { Services } from '../../context.ts';
import { type AccessTerms, signAccessToken } from '../../sessions/access-token.ts';
import type { ResourceServices } from '../resources/check-resources.ts';
import type { TokenRequest, TokenResponse } from './grant.ts';
import { confirmationOf } from './sender-proof.ts';
import { tokenTarget } from './token-target.ts';

export type AccessTokenOnlyServices = ResourceServices & Pick<Services, 'clock' | 'keys'>;

export type AccessTokenOnly = Omit<AccessTerms, 'clientId' | 'audiences' | 'confirmation'> & {
  /** Checked. None: the token is for the deployment's own audience. */
  readonly resources: readonly string[];
  /** What it does not outlive. */
  readonly notAfter?: NumericDate;
};

/**
 * Issues an access token that comes with nothing else, bound to what the sender proved to hold. Does
 * NOT ask whether its terms were granted.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, `SERVICE_UNAVAILABLE`
 */
export async function issueAccessTokenOnly(
  { resources, notAfter = Infinity, ...terms }: AccessTokenOnly,
  { client, proof }: Pick<TokenRequest, 'client' | 'proof'>,
  services: AccessTokenOnlyServices,
): Promise<TokenResponse> {
  const target = await tokenTarget(client, terms.scopes, resources, services);
  const { alg, audiences, scopes } = target;
  const issuedAt = services.clock();
  const lifetime = Math.min(target.lifetime, notAfter - toNumericDate(issuedAt));
  const confirmation = confirmationOf(proof);
  const said = { ...terms, audiences, scopes, clientId: client.clientId, confirmation };
  const request = { terms: said, tokenId: newTokenId(), issuedAt, alg, lifetime };
  const { text } = await signAccessToken(request, services);
  const details = terms.authorizationDetails;
  return {
    access_token: text,
    token_type: proof.dpopJkt === null ? 'Bearer' : 'DPoP',
    expires_in: lifetime,
    scope: scopes.join(' '),
    ...(details.length === 0 ? {} : { authorization_details: details }),
  };
}
