/**
 * The rules of short-lived records.
 *
 * `SPEC.md` numbers the rules. Run each function inside one storage transaction.
 *
 * @module
 */

import { type Millis, minutes } from '../../shared/clock.ts';
import { fnv1a } from '../../shared/fnv1a.ts';

export type Entry = {
  readonly key: string;
  readonly value: string;
  /** From this time on the entry does not exist. */
  readonly expiresAt: Millis;
};

/** The store of entries. It does not compare times, so expired entries are found like others. */
export interface EntryStore {
  find(key: string): Entry | undefined;
  save(entry: Entry): void;
  remove(key: string): void;
  /** Removes entries with `expiresAt <= at`, the earliest first, `limit` at most. */
  removeExpired(at: Millis, limit: number): void;
  earliestExpiry(): Millis | undefined;
}

export function read(store: EntryStore, key: string, now: Millis): string | undefined {
  const entry = store.find(key);
  return entry !== undefined && entry.expiresAt > now ? entry.value : undefined;
}

/** @returns Whether the entry was written, because there was no live one. */
export function writeIfAbsent(store: EntryStore, entry: Entry, now: Millis): boolean {
  if (read(store, entry.key, now) !== undefined) return false;
  store.save(entry);
  return true;
}

/** @returns The value of the entry, which is deleted. */
export function take(store: EntryStore, key: string, now: Millis): string | undefined {
  const value = read(store, key, now);
  store.remove(key);
  return value;
}

/**
 * Entries are deleted at whole minutes, because an alarm for each expiry would cost more than it
 * frees.
 */
const SWEEP_EVERY = minutes(1);
const SWEEP_LIMIT = 500;

const sweepAt = (expiry: Millis): Millis => Math.ceil(expiry / SWEEP_EVERY) * SWEEP_EVERY;

/**
 * When the alarm must be set after a write, given the earliest expiry before and after it.
 *
 * @returns `undefined` if the current alarm is early enough. An overdue alarm is set again, because
 *   the runtime gave it up after its retries.
 */
export function alarmAfterWrite(
  before: Millis | undefined,
  after: Millis | undefined,
  now: Millis,
): Millis | undefined {
  if (after === undefined) return undefined;
  if (before === undefined) return sweepAt(after);
  const set = sweepAt(before);
  if (set <= now) return now;
  return sweepAt(after) < set ? sweepAt(after) : undefined;
}

/** @returns When to sweep next; `undefined` if nothing is left. */
export function sweep(store: EntryStore, now: Millis): Millis | undefined {
  store.removeExpired(now, SWEEP_LIMIT);
  const earliest = store.earliestExpiry();
  if (earliest === undefined) return undefined;
  return earliest <= now ? now : sweepAt(earliest);
}

const SHARDS = 16;

/** The name of the object that stores `key`. If it changed, all stored entries would be lost. */
export function shardName(key: string): string {
  const hash = fnv1a(key);
  return `ttl:${((hash ^ (hash >>> 16)) >>> 0) % SHARDS}`;
}
