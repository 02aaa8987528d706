import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { Parameters } from '../parameters.ts';

/** What a request object says as a JWT, not as a request. */
const JWT_CLAIMS: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'sub']);

/** Whose values are JSON (OpenID Connect Core §6.1, RFC 9396 §3). */
const JSON_PARAMETERS: ReadonlySet<string> = new Set(['claims', 'authorization_details']);

/**
 * The parameters that a request object's claims are (RFC 9101 §4).
 *
 * @returns `undefined` if one has a value that no parameter has.
 */
export function requestObjectParameters(claims: JsonObject): Parameters | undefined {
  const members = Object.entries(claims)
    .filter(([name]) => !JWT_CLAIMS.has(name))
    .map(([name, value]) => [name, parameterValue(name, value)] as const);
  if (members.some(([, value]) => value === null)) return undefined;
  return Parameters.of(Object.fromEntries(members.map(([name, value]) => [name, value ?? []])));
}

/** @returns `null`: it is no parameter. */
function parameterValue(name: string, value: unknown): string | readonly string[] | null {
  if (typeof value === 'string') return value === '' ? [] : wellFormed(value);
  if (JSON_PARAMETERS.has(name)) return JSON.stringify(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (name !== 'resource' || !Array.isArray(value)) return null;
  return value.every((one) => typeof one === 'string') ? value : null;
}

const wellFormed = (text: string): string | null =>
  text.isWellFormed() && !text.includes('\0') ? text : null;
