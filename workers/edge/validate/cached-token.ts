import { type Bytes, utf8 } from '../../../shared/bytes.ts';
import type { Millis, NumericDate } from '../../../shared/clock.ts';
import { encodePrincipal, type Principal } from '../../../shared/contracts/edge/principal.ts';
import type { AccessToken } from '../../../shared/tokens/access-token.ts';
import type { VerificationKey } from '../../../shared/tokens/verification-keys.ts';

/** A verified token, and all answers about it, ready to send. */
export type CachedToken = {
  readonly principal: Principal;
  readonly audiences: readonly string[];
  /** Whether the configured audience is among {@link audiences}. */
  readonly isForUs: boolean;
  /** `exp`. */
  readonly expiresAt: Millis;
  readonly authTime: NumericDate | undefined;
  readonly acr: string | undefined;
  readonly key: VerificationKey;
  /** The answer to `POST …/token/validate`, which has the headers {@link DESCRIBED}. */
  readonly body: Bytes;
  /** The headers of the answer to forward authentication, which has no body. */
  readonly passed: { readonly headers: Headers };
  /** For the Workers behind the edge. */
  readonly principalHeader: string;
};

export const DESCRIBED = {
  headers: new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' }),
};

/** @param audience - The configured one. */
export function toCachedToken(token: AccessToken, audience: string): CachedToken {
  const { principal, audiences, expiresAt, authTime, acr, key } = token;
  return {
    principal,
    audiences,
    isForUs: audiences.includes(audience),
    expiresAt: expiresAt * 1_000,
    authTime,
    acr,
    key,
    body: utf8(validationBody(token)),
    passed: { headers: forwardHeaders(principal) },
    principalHeader: encodePrincipal(principal),
  };
}

/** `issuedAt` and `expiresAt` are `NumericDate`s, as `iat` and `exp` are. */
function validationBody({ principal, issuedAt, expiresAt, claims }: AccessToken): string {
  const { subject, sessionId, clientId, scopes, tokenId } = principal;
  return JSON.stringify({
    valid: true,
    subject,
    sessionId,
    clientId,
    scopes,
    issuedAt,
    expiresAt,
    tokenId,
    claims,
  });
}

function forwardHeaders(principal: Principal): Headers {
  const { subject, sessionId, clientId, scopes, roles } = principal;
  return new Headers({
    'cache-control': 'no-store',
    'x-auth-subject': subject,
    ...(sessionId === null ? {} : { 'x-auth-session-id': sessionId }),
    'x-auth-client-id': clientId,
    'x-auth-scopes': scopes.join(' '),
    'x-auth-roles': roles.join(' '),
  });
}
