import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { type RefuseNeeds, refusalLevel, type TokenRequest } from '../issue/grant.ts';

/** RFC 8693 §3. */
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

/** Which parameter the token is in: `subject_token` or `actor_token`. */
type TokenRole = 'subject' | 'actor';

/** A token as it was sent. Nothing of it has been verified. */
export type PresentedToken = {
  readonly role: TokenRole;
  readonly kind: 'access_token' | 'id_token';
  readonly text: string;
};

/** Our access tokens are JWTs. Refresh tokens are for the refresh grant only. */
const KINDS: Readonly<Record<string, PresentedToken['kind']>> = {
  [ACCESS_TOKEN]: 'access_token',
  [JWT]: 'access_token',
  [ID_TOKEN]: 'id_token',
};

/**
 * @returns `undefined` where the request has no token of that role.
 * @throws {OAuthError} `invalid_request` for a token without a type, a type without a token
 *   (RFC 8693 §2.1), or one that cannot be exchanged.
 */
export function presentedToken(
  parameters: Parameters,
  role: TokenRole,
): PresentedToken | undefined {
  const text = parameters.get(`${role}_token`);
  const type = parameters.get(`${role}_token_type`);
  if (text === undefined && type === undefined) return undefined;
  if (text === undefined || type === undefined) {
    const description = `${role}_token and ${role}_token_type go together (RFC 8693 §2.1)`;
    throw new OAuthError('invalid_request', description);
  }
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind !== undefined) return { role, kind, text };
  throw new OAuthError('invalid_request', `The ${role}_token_type is not supported`);
}

/**
 * Reads the `issued_token_type` of the answer.
 *
 * @throws {OAuthError} `invalid_request` where another kind than an access token is asked for.
 */
export function issuedTokenType(parameters: Parameters): string {
  const type = parameters.get('requested_token_type') ?? ACCESS_TOKEN;
  if (type === ACCESS_TOKEN || type === JWT) return type;
  throw new OAuthError('invalid_request', 'The requested_token_type is not supported');
}

/**
 * The one answer to a token that cannot be exchanged (RFC 8693 §2.2.2). What exactly is wrong with it is
 * written to the log only.
 */
export function tokenRefusal(
  role: TokenRole,
  reason: string,
  { client: { clientId }, correlationId }: Pick<TokenRequest, 'client' | 'correlationId'>,
  { log }: RefuseNeeds,
): OAuthError {
  const level = refusalLevel(reason);
  log({ event: 'exchange.refused', level, correlationId, clientId, role, reason });
  return new OAuthError('invalid_request', `The ${role} token cannot be used`, { cause: reason });
}
