/**
 * Encodes and decodes bytes. Decoding is strict: each value has exactly one accepted spelling.
 *
 * @module
 */

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Bytes => new Uint8Array(encoder.encode(text));

/** @throws {TypeError} If `bytes` are not UTF-8. */
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);

export function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

const BASE64URL = /^[A-Za-z0-9_-]*$/;

/**
 * Decodes unpadded base64url (RFC 7515 §2).
 *
 * @returns `undefined` for padding, white space, other alphabets, an impossible length, or spare
 *   bits that are not zero: each value has exactly one spelling.
 */
export function fromBase64Url(text: string): Bytes | undefined {
  if (!BASE64URL.test(text) || text.length % 4 === 1) return undefined;
  const bytes = Uint8Array.fromBase64(text, { alphabet: 'base64url' });
  // The last character may carry spare bits: only the canonical spelling comes back unchanged.
  return toBase64Url(bytes.subarray(bytes.length - (bytes.length % 3))) ===
    text.slice(spareFrom(text))
    ? bytes
    : undefined;
}

/** The index at which the last, incomplete group of four characters begins. */
const spareFrom = (text: string): number => text.length - (text.length % 4);

export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Compares in time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
