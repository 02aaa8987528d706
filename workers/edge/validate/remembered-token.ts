import type { Millis } from '../../../shared/clock.ts';
import { encodePrincipal, type Principal } from '../../../shared/contracts/principal.ts';
import type { AccessToken } from '../../../shared/tokens/access-token.ts';
import type { VerificationKey } from '../../../shared/tokens/verification-keys.ts';

/** A verified token, and all answers about it, ready to send. */
export type RememberedToken = {
  readonly principal: Principal;
  readonly audiences: readonly string[];
  /** Whether the configured audience is among {@link audiences}. */
  readonly isForUs: boolean;
  /** `exp`. */
  readonly expiresAt: Millis;
  readonly key: VerificationKey;
  /** The answer to `POST …/token/validate`. */
  readonly body: string;
  /** The answer to forward authentication. */
  readonly forwardHeaders: Headers;
  /** For the Workers behind the edge. */
  readonly principalHeader: string;
};

export function remember(token: AccessToken, audience: string): RememberedToken {
  const { principal, audiences, expiresAt, key } = token;
  return {
    principal,
    audiences,
    isForUs: audiences.includes(audience),
    expiresAt: expiresAt * 1_000,
    key,
    body: validationBody(token),
    forwardHeaders: forwardHeaders(principal),
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
  return new Headers({
    'cache-control': 'no-store',
    'x-auth-subject': principal.subject,
    'x-auth-session-id': principal.sessionId,
    'x-auth-client-id': principal.clientId,
    'x-auth-scopes': principal.scopes.join(' '),
    'x-auth-roles': principal.roles.join(' '),
    'x-auth-expires-at': String(principal.expiresAt),
    'x-auth-token-id': principal.tokenId,
  });
}
