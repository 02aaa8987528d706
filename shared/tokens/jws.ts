/**
 * Verification of a JWS in compact serialization (RFC 7515 §5.2).
 *
 * It is stricter than the RFC where that leaves room: a token has one spelling, names no member
 * twice, has no extension, and is verified only with keys of the caller's set. No parameter loosens
 * this.
 *
 * @module
 */

import { type Bytes, fromBase64Url, utf8 } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import { algorithmDetails, isJwsAlgorithm, type JwsAlgorithm } from './algorithms.ts';
import { type JsonObject, parseStrictObject } from './strict-json.ts';
import type { JwsError, JwsFormatError } from './token-error.ts';
import type { VerificationKey, VerificationKeys } from './verification-keys.ts';

const LARGEST_TOKEN = 8_192;

export type JwsPolicy = {
  /** The algorithms that may be used; a key's own `alg` must match as well (RFC 8725 §3.1). */
  readonly algorithms: ReadonlySet<JwsAlgorithm>;
  /** Characters. 8 KiB if absent. */
  readonly maxLength?: number;
};

export type VerifiedJws = {
  readonly header: JsonObject;
  readonly payload: Bytes;
  readonly key: VerificationKey;
};

/**
 * Verifies a compact JWS. Does NOT read the payload or judge `typ`.
 *
 * @returns The verified header and payload, or why the token is refused.
 */
export async function verifyJws(
  token: string,
  keys: VerificationKeys,
  policy: JwsPolicy,
): Promise<Result<VerifiedJws, JwsError>> {
  const decoded = decodeJws(token, policy.maxLength);
  if (!decoded.ok) return decoded;
  const { header, payload } = decoded.value;
  const refused = KEY_MEMBERS.find((name) => Object.hasOwn(header, name));
  if (refused !== undefined) return err({ reason: 'header_refused', member: refused });
  const key = chooseKey(header, keys, policy.algorithms);
  if (!key.ok) return key;
  const signed = await isSignedBy(key.value, decoded.value);
  if (!signed) return err({ reason: 'signature_invalid' });
  return ok({ header, payload, key: key.value });
}

/** A decoded JWS, which is not verified. */
export type DecodedJws = {
  readonly header: JsonObject;
  readonly payload: Bytes;
  readonly signature: Bytes;
  /** The signed text: header and payload as they were sent (RFC 7515 §5.1). */
  readonly signingInput: string;
};

/**
 * Decodes a compact JWS. Does NOT verify it, and does not refuse a key in its header.
 *
 * @param maxLength - Characters.
 */
export function decodeJws(
  token: string,
  maxLength = LARGEST_TOKEN,
): Result<DecodedJws, JwsFormatError> {
  if (token.length > maxLength) return err({ reason: 'oversized' });
  const parts = splitCompact(token);
  if (parts === undefined) return malformed('structure');
  const header = decodeHeader(parts.header);
  if (!header.ok) return header;
  const payload = fromBase64Url(parts.payload);
  if (payload === undefined) return malformed('payload');
  const signature = fromBase64Url(parts.signature);
  if (signature === undefined) return malformed('signature');
  return ok({ header: header.value, payload, signature, signingInput: parts.signingInput });
}

const malformed = (part: 'structure' | 'header' | 'payload' | 'signature') =>
  err({ reason: 'malformed', part } as const);

type CompactParts = {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  readonly signingInput: string;
};

function splitCompact(token: string): CompactParts | undefined {
  const first = token.indexOf('.');
  const second = token.indexOf('.', first + 1);
  if (first < 1 || second === -1 || token.includes('.', second + 1)) return undefined;
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    signingInput: token.slice(0, second),
  };
}

/** Header members with a key of the sender's choice (CVE-2018-0114 and similar attacks). */
const KEY_MEMBERS = ['jwk', 'jku', 'x5u', 'x5c'];

/** Extensions, none of which is supported (RFC 7515 §4.1.11, RFC 7797). */
const EXTENSION_MEMBERS = ['crit', 'b64'];

function decodeHeader(text: string): Result<JsonObject, JwsFormatError> {
  const bytes = fromBase64Url(text);
  const header = bytes === undefined ? undefined : parseStrictObject(bytes);
  if (header === undefined) return malformed('header');
  const member = EXTENSION_MEMBERS.find((name) => Object.hasOwn(header, name));
  return member === undefined ? ok(header) : err({ reason: 'header_refused', member });
}

/** The key determines the algorithm, and the header must name the same (RFC 8725 §3.1). */
function chooseKey(
  { alg, kid }: JsonObject,
  keys: VerificationKeys,
  algorithms: ReadonlySet<JwsAlgorithm>,
): Result<VerificationKey, JwsError> {
  if (!isJwsAlgorithm(alg) || !algorithms.has(alg)) return err({ reason: 'algorithm_refused' });
  if (typeof kid !== 'string') return err({ reason: 'header_refused', member: 'kid' });
  const key = keys.get(kid);
  if (key === undefined) return err({ reason: 'key_unknown', kid });
  return key.alg === alg ? ok(key) : err({ reason: 'key_mismatch' });
}

/** Whether `key` made the signature. */
export function isSignedBy(
  { alg, key, signatureLength }: VerificationKey,
  { signature, signingInput }: DecodedJws,
): Promise<boolean> {
  if (signature.length !== signatureLength) return Promise.resolve(false);
  const { parameters } = algorithmDetails(alg);
  return crypto.subtle.verify(parameters, key, signature, utf8(signingInput));
}
