/**
 * The access token of a request to userinfo.
 *
 * @module
 */

import {
  type Principal,
  readAuthFailure,
  readPrincipal,
} from '../../../../shared/contracts/edge/principal.ts';
import { ERROR_CODES, type ErrorCode } from '../../../../shared/contracts/http/error-codes.ts';
import { bearerChallenge } from '../../../../shared/http/bearer-challenge.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { TokenId } from '../../../../shared/ids.ts';
import { type AccessToken, isMeantFor } from '../../../../shared/tokens/access-token.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { readForm } from '../../platform/parameters.ts';
import { isTokenRevoked } from '../../sessions/token-status.ts';
import { type VerifyOwnJwtNeeds, verifyOwnAccessToken } from './verify-own-jwt.ts';

export type UserinfoTokenNeeds = VerifyOwnJwtNeeds & {
  readonly config: { readonly audience: string };
  readonly ttlStore: () => TtlStore;
};

/**
 * Reads the access token in the `Authorization` header, which `edge` has judged, or in a form (RFC 6750
 * §2.2), which is judged here. A token in the query is ignored (OAuth 2.1 §5.1.1).
 *
 * @throws {OAuthError} `invalid_token` (RFC 6750 §3.1), or `invalid_request` if there are two.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if it cannot be judged.
 */
export async function readUserinfoToken(
  request: Request,
  needs: UserinfoTokenNeeds,
): Promise<Principal> {
  const principal = readPrincipal(request.headers);
  const failure = readAuthFailure(request.headers);
  const isInHeader = principal !== undefined || failure !== 'AUTH_TOKEN_MISSING';
  const inForm = await formToken(request);
  if (isInHeader && inForm !== undefined) {
    throw new OAuthError('invalid_request', 'There is more than one access token');
  }
  if (inForm !== undefined) return bearerOf(inForm, needs);
  if (principal !== undefined) return principal;
  throw isInHeader ? invalidToken(failure) : tokenMissing();
}

const FORM = /^application\/x-www-form-urlencoded *(?:;|$)/i;

/** The body is read only if it is a form. */
async function formToken(request: Request): Promise<string | undefined> {
  if (request.method !== 'POST' || !FORM.test(request.headers.get('content-type') ?? '')) {
    return undefined;
  }
  return (await readForm(request)).get('access_token');
}

async function bearerOf(token: string, needs: UserinfoTokenNeeds): Promise<Principal> {
  const verified = await verifyOwnAccessToken(token, needs);
  if (!verified.ok || !isBearer(verified.value, needs.config.audience)) throw invalidToken();
  const { principal } = verified.value;
  const tokenId = TokenId.parse(principal.tokenId);
  if (tokenId === undefined) throw invalidToken();
  const isRevoked = await orUnavailable('the revoked tokens', () =>
    isTokenRevoked(needs.ttlStore(), tokenId),
  );
  if (isRevoked) throw invalidToken('AUTH_TOKEN_REVOKED');
  return principal;
}

/** A bound token would need a proof of its key, which a form has not (RFC 9449 §7.2, RFC 8705 §3). */
const isBearer = (token: AccessToken, audience: string): boolean =>
  isMeantFor(token, audience) && token.claims['cnf'] === undefined;

/** The challenge has no `error` where the request carries no token (RFC 6750 §3). */
const tokenMissing = (): OAuthError =>
  new OAuthError('invalid_token', 'An access token is required', {
    headers: { 'www-authenticate': 'Bearer' },
  });

/** RFC 6750 §3.1. */
export const invalidToken = (code: ErrorCode = 'AUTH_TOKEN_INVALID'): OAuthError =>
  refusal('invalid_token', ERROR_CODES[code].title);

/** @param scope - The scope that the token lacks. */
export const insufficientScope = (scope: string): OAuthError =>
  refusal('insufficient_scope', ERROR_CODES.AUTH_SCOPE_INSUFFICIENT.title, { scope });

function refusal(
  code: 'invalid_token' | 'insufficient_scope',
  description: string,
  more: { readonly scope?: string } = {},
): OAuthError {
  const challenge = bearerChallenge({ error: code, error_description: description, ...more });
  return new OAuthError(code, description, { headers: { 'www-authenticate': challenge } });
}
