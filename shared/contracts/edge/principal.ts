/**
 * What `edge` passes to the Workers behind it in the headers of a client's request.
 *
 * `edge` removes every `x-sallyport-*` header of the client before it sets its own, and the Workers
 * behind it have no route. So only `edge` can have written the headers that they read here.
 *
 * @module
 */

import { ERROR_CODES, type ErrorCode } from '../http/error-codes.ts';
import type { Confirmation } from '../identity/oauth-terms.ts';
import { readJsonHeader, toJsonHeader } from '../json-header.ts';

/** The sender of a request, from its validated access token (RFC 9068 §2.2). */
export type Principal = {
  readonly subject: string;
  /** `null` for a token of a client's own, which belongs to no session (RFC 6749 §4.4). */
  readonly sessionId: string | null;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly tokenId: string;
  /** `exp`, seconds since the epoch. */
  readonly expiresAt: number;
  /** The token is of a registered client that is first-party. Absent: nobody said so. */
  readonly firstParty?: true | undefined;
  /** The account behind a pairwise `subject`, which no client is told. Absent: the subject is the account. */
  readonly userId?: string | undefined;
  /** To whose key the token is bound. Absent: whoever bears it may use it. */
  readonly confirmation?: Confirmation | undefined;
};

/** A principal whose token belongs to a session. */
export type SessionPrincipal = Principal & { readonly sessionId: string };

export const hasSession = (principal: Principal): principal is SessionPrincipal =>
  principal.sessionId !== null;

/** The names of a user's principal: operators know the account, services the `sub` that they were shown. */
export const namesOfUser = ({
  subject,
  userId,
}: Pick<Principal, 'subject' | 'userId'>): readonly string[] =>
  userId === undefined ? [subject] : [subject, userId];

export const INTERNAL_HEADER_PREFIX = 'x-sallyport-';
export const PRINCIPAL_HEADER = 'x-sallyport-principal';
/** The {@link ErrorCode} that tells why there is no principal. */
export const AUTH_FAILURE_HEADER = 'x-sallyport-auth-failure';
export const CLIENT_IP_HEADER = 'x-sallyport-client-ip';
export const COUNTRY_HEADER = 'x-sallyport-country';
export const CORRELATION_HEADER = 'x-correlation-id';

export const encodePrincipal: (principal: Principal) => string = toJsonHeader;

/** Reads the principal that `edge` wrote. `undefined` where the request carries none. */
export function readPrincipal(headers: Headers): Principal | undefined {
  return readJsonHeader<Principal>(headers, PRINCIPAL_HEADER);
}

/** Why the request has no principal. */
export function readAuthFailure(headers: Headers): ErrorCode {
  const code = headers.get(AUTH_FAILURE_HEADER) ?? '';
  return isErrorCode(code) ? code : 'AUTH_TOKEN_MISSING';
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
