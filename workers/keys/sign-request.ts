import {
  JWT_TYPES,
  type JwtType,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from '../../shared/contracts/keys/keys-rpc.ts';

type CheckedRequest = {
  readonly typ: JwtType;
  readonly alg: SigningAlgorithm;
  readonly claims: Readonly<Record<string, unknown>>;
};

/**
 * Checks what to sign. By hand, because every token passes here.
 *
 * @throws {TypeError} If it is not a `SignJwtRequest`. The message names the member.
 */
export function checkRequest(request: unknown): CheckedRequest {
  if (!isRecord(request)) throw new TypeError('the request is no object');
  const { typ, alg = 'ES256', claims, ...others } = request;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new TypeError(`"${other}" is no member of a request`);
  if (!isJwtType(typ)) throw new TypeError('"typ" is none of ours');
  if (!isSigningAlgorithm(alg)) throw new TypeError('"alg" is none of ours');
  if (!isRecord(claims)) throw new TypeError('"claims" are no object');
  return { typ, alg, claims };
}

/** A plain object: JSON would say something else of a `Map` or a `Date`. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const isJwtType = (value: unknown): value is JwtType => JWT_TYPES.some((typ) => typ === value);

const isSigningAlgorithm = (value: unknown): value is SigningAlgorithm =>
  SIGNING_ALGORITHMS.some((alg) => alg === value);
