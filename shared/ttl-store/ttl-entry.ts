import { TtlStoreInputError } from './ttl-store.ts';

const KEY = /^[\x21-\x7e]{1,256}$/;
const MAX_VALUE_BYTES = 64 * 1024;
/** A year, in seconds. A short-lived record does not live longer. */
const MAX_TTL_SECONDS = 366 * 24 * 60 * 60;

/** @throws {TtlStoreInputError} Unless `key` is 1 to 256 printable ASCII characters, no spaces. */
export function checkKey(key: string): void {
  if (!KEY.test(key)) {
    throw new TtlStoreInputError('Cannot use key: want 1 to 256 visible ASCII characters');
  }
}

/**
 * Checks an entry that is to be stored.
 *
 * @throws {TtlStoreInputError} If `key` is as {@link checkKey} refuses; if `value` is no well-formed
 *   Unicode or more than 64 KiB of UTF-8; or if `ttlSeconds` is no integer from 1 to a year's.
 */
export function checkEntry(key: string, value: string, ttlSeconds: number): void {
  checkKey(key);
  // A lone surrogate cannot be encoded in UTF-8, so another value would be read.
  if (!value.isWellFormed()) {
    throw new TtlStoreInputError('Cannot store value: it is not well-formed Unicode');
  }
  if (isLongerThan(value, MAX_VALUE_BYTES)) {
    throw new TtlStoreInputError('Cannot store value: it is longer than 64 KiB');
  }
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS) {
    throw new TtlStoreInputError('Cannot store value: want a time to live of 1 s to a year');
  }
}

function isLongerThan(text: string, bytes: number): boolean {
  return text.length > bytes || new TextEncoder().encode(text).length > bytes;
}
