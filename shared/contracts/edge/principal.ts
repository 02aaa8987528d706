/**
 * What crosses from `edge` to the Workers behind it, on the headers of a client's request.
 *
 * `edge` strips every inbound `x-sallyport-*` header before it sets its own, and the Workers behind
 * it have no route: what they read here, `edge` wrote.
 *
 * @module
 */

import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../../bytes.ts';
import { ERROR_CODES, type ErrorCode } from '../http/error-codes.ts';
import type { Confirmation } from '../identity/oauth-terms.ts';

/** Who is asking: the validated access token, in the terms of RFC 9068 §2.2. */
export type Principal = {
  readonly subject: string;
  /** `null`: a token of a client's own, which stands for no session (RFC 6749 §4.4). */
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

/** A principal whose token stands for a session. */
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
/** Why there is no principal: an {@link ErrorCode}. */
export const AUTH_FAILURE_HEADER = 'x-sallyport-auth-failure';
export const CLIENT_IP_HEADER = 'x-sallyport-client-ip';
export const COUNTRY_HEADER = 'x-sallyport-country';
export const CORRELATION_HEADER = 'x-correlation-id';

export const encodePrincipal = (principal: Principal): string =>
  toBase64Url(utf8(JSON.stringify(principal)));

/** Reads the principal that `edge` wrote. `undefined` where the request carries none. */
export function readPrincipal(headers: Headers): Principal | undefined {
  const bytes = fromBase64Url(headers.get(PRINCIPAL_HEADER) ?? '');
  if (bytes === undefined || bytes.length === 0) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only `edge` can write this header
  return JSON.parse(fromUtf8(bytes)) as Principal;
}

/** Why the request has no principal. */
export function readAuthFailure(headers: Headers): ErrorCode {
  const code = headers.get(AUTH_FAILURE_HEADER) ?? '';
  return isErrorCode(code) ? code : 'AUTH_TOKEN_MISSING';
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}
