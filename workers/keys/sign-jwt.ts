import { toBase64Url, utf8 } from '../../shared/bytes.ts';
import { type Clock, type Millis, seconds } from '../../shared/clock.ts';
import {
  JWT_TYPES,
  type JwtType,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
  type SignJwtRequest,
} from '../../shared/contracts/keys/keys-rpc.ts';
import { algorithmDetails } from '../../shared/tokens/algorithms.ts';
import type { PerAlgorithm } from './rings.ts';
import type { Signer, SigningKey } from './signer.ts';

/**
 * Signing failed. Callers answer `TOKEN_KMS_ERROR`.
 *
 * RPC passes its own properties on only if all of them can be cloned. So it has no `cause`, because
 * one that cannot be cloned would remove `code` as well.
 */
export class SigningFailed extends Error {
  override readonly name = 'SigningFailed';
  readonly code = 'TOKEN_KMS_ERROR';
}

export type SignJwtNeeds = {
  readonly signers: PerAlgorithm<Pick<Signer, 'key'>>;
  readonly clock: Clock;
  /** How long a replaced key stays published. A token must not live longer. */
  readonly retention: Millis;
};

/** @throws {SigningFailed} If nothing was signed. The message has the reason. */
export async function signJwt(
  { signers, clock, retention }: SignJwtNeeds,
  request: SignJwtRequest,
): Promise<string> {
  try {
    const { typ, alg, claims } = checkRequest(request);
    assertKeyOutlives(claims['exp'], clock() + retention);
    return await signCompact(await signers[alg].key(), typ, claims);
  } catch (error) {
    // It has no `cause`: see SigningFailed.
    throw new SigningFailed(`Cannot sign: ${error instanceof Error ? error.message : 'unknown'}`);
  }
}

function assertKeyOutlives(exp: unknown, limit: Millis): void {
  if (typeof exp === 'number' && seconds(exp) > limit) {
    throw new RangeError('the token would outlive its key; raise LONGEST_TOKEN_SECONDS');
  }
}

type CheckedRequest = {
  readonly typ: JwtType;
  readonly alg: SigningAlgorithm;
  readonly claims: Readonly<Record<string, unknown>>;
};

/**
 * Checks a request. It uses no schema library, because this runs for every token.
 *
 * @throws {TypeError} If it is not a `SignJwtRequest`. The message names the wrong member.
 */
function checkRequest(request: unknown): CheckedRequest {
  if (!isRecord(request)) throw new TypeError('the request is no object');
  const { typ, alg = 'ES256', claims, ...others } = request;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new TypeError(`"${other}" is no member of a request`);
  if (!isJwtType(typ)) throw new TypeError('"typ" is none of ours');
  if (!isSigningAlgorithm(alg)) throw new TypeError('"alg" is none of ours');
  if (!isRecord(claims)) throw new TypeError('"claims" are no object');
  return { typ, alg, claims };
}

/** Whether it is a plain object, because JSON would change a `Map` or a `Date`. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const isJwtType = (value: unknown): value is JwtType => JWT_TYPES.some((typ) => typ === value);

const isSigningAlgorithm = (value: unknown): value is SigningAlgorithm =>
  SIGNING_ALGORITHMS.some((alg) => alg === value);

/**
 * Signs claims in the compact serialization.
 *
 * Does NOT judge the claims, which the caller has made.
 *
 * @see [RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)
 */
async function signCompact(
  { kid, alg, key }: SigningKey,
  typ: string,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  const input = `${encodeJson({ alg, typ, kid })}.${encodeJson(claims)}`;
  // WebCrypto's ECDSA signature is R ‖ S, as RFC 7518 §3.4 requires.
  const { parameters } = algorithmDetails(alg);
  const signature = await crypto.subtle.sign(parameters, key, utf8(input));
  return `${input}.${toBase64Url(new Uint8Array(signature))}`;
}

const encodeJson = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
