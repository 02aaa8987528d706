import type { NumericDate } from '../clock.ts';
import type { Principal } from '../contracts/edge/principal.ts';
import type { Confirmation } from '../contracts/identity/oauth-terms.ts';
import { err, ok, type Result } from '../result.ts';
import { isJsonObject, type JsonObject } from './strict-json.ts';
import type { TokenError } from './token-error.ts';

/** The claims of an access token (RFC 9068 §2.2), read and typed. */
export type AccessTokenClaims = {
  readonly principal: Principal;
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly issuedAt: NumericDate;
  readonly notBefore: NumericDate;
  readonly expiresAt: NumericDate;
  /** When the user signed in (OpenID Connect Core §2). */
  readonly authTime: NumericDate | undefined;
  /** How well the user authenticated (RFC 9068 §2.2.1). */
  readonly acr: string | undefined;
};

/**
 * Reads the claims. Does NOT compare issuer, audience or times.
 *
 * @returns The first claim that is missing or has another shape than RFC 9068 gives it.
 */
export function readClaims(claims: JsonObject): Result<AccessTokenClaims, TokenError> {
  const wrong = Object.entries(SHAPES).find(([claim, fits]) => !fits(claims[claim]))?.[0];
  if (wrong !== undefined) return err({ reason: 'claim_invalid', claim: wrong });
  const expiresAt = Number(claims['exp']);
  const issuedAt = Number(claims['iat']);
  if (issuedAt > expiresAt) return err({ reason: 'claim_invalid', claim: 'iat' });
  const principal: Principal = {
    subject: String(claims['sub']),
    sessionId: optionalText(claims['sid']) ?? null,
    clientId: String(claims['client_id']),
    scopes: splitWords(claims['scope']),
    roles: strings(claims['roles']),
    tokenId: String(claims['jti']),
    expiresAt,
    ...(claims[FIRST_PARTY_CLAIM] === true ? { firstParty: true as const } : {}),
    ...confirmationOf(claims['cnf']),
  };
  const { auth_time: authTime } = claims;
  return ok({
    principal,
    issuer: String(claims['iss']),
    audiences: strings(claims['aud']),
    issuedAt,
    notBefore: Number(claims['nbf'] ?? issuedAt),
    expiresAt,
    authTime: authTime === undefined ? undefined : Number(authTime),
    acr: optionalText(claims['acr']),
  });
}

/**
 * Says in a token for the deployment's own audience that its client is first-party: only the client's
 * registration knows, and the hub cannot read that.
 */
export const FIRST_PARTY_CLAIM = 'first_party';

/** The last second of the year 9999: whatever is later was not meant as a date. */
const LATEST_DATE = 253_402_300_799;

const isDate = (value: unknown): boolean =>
  typeof value === 'number' && value >= 0 && value <= LATEST_DATE;
/** Identifiers are written to headers and logs, so they are visible ASCII. */
const isIdentifier = (value: unknown): boolean =>
  typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
/** `scope-token *( SP scope-token )`, RFC 6749 §3.3. */
const isScope = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^(?:[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*)?$/.test(value);
const isAudience = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 && value.every(isText) : isText(value);
const isRoles = (value: unknown): boolean => Array.isArray(value) && value.every(isIdentifier);
/** SHA-256, base64url. */
const isThumbprint = (value: unknown): boolean =>
  typeof value === 'string' && /^[\w-]{43}$/.test(value);

/** A token with an unknown binding is refused, because the binding cannot be enforced. */
function isConfirmation(value: unknown): value is Confirmation {
  if (!isJsonObject(value)) return false;
  const members = Object.entries(value);
  return (
    members.length > 0 && members.every(([name, key]) => BINDINGS.has(name) && isThumbprint(key))
  );
}

/** The bindings that are enforced (RFC 9449 §6.1, RFC 8705 §3.1). */
const BINDINGS: ReadonlySet<string> = new Set(['jkt', 'x5t#S256']);

const optional =
  (fits: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || fits(value);

const SHAPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  iss: isText,
  sub: isIdentifier,
  aud: isAudience,
  exp: isDate,
  iat: isDate,
  nbf: optional(isDate),
  jti: isIdentifier,
  client_id: isIdentifier,
  sid: optional(isIdentifier),
  scope: optional(isScope),
  roles: optional(isRoles),
  auth_time: optional(isDate),
  acr: optional(isText),
  [FIRST_PARTY_CLAIM]: optional((value) => typeof value === 'boolean'),
  cnf: optional(isConfirmation),
};

const optionalText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const confirmationOf = (value: unknown): Pick<Principal, 'confirmation'> =>
  isConfirmation(value) ? { confirmation: value } : {};

const splitWords = (value: unknown): readonly string[] =>
  typeof value === 'string' && value !== '' ? value.split(' ') : [];

function strings(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The scope by which a client gets the user's roles at this deployment. */
export const ROLES_SCOPE = 'roles';

/**
 * Whether a token for the deployment's own audience carries the roles of its user. Other clients
 * than our own get them only by that scope.
 *
 * @param ownClientId The `client_id` of the deployment's own tokens.
 */
export const carriesRoles = (
  { clientId, scopes }: Pick<Principal, 'clientId' | 'scopes'>,
  ownClientId: string,
): boolean => clientId === ownClientId || scopes.includes(ROLES_SCOPE);
