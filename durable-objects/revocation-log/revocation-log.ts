/**
 * The rules of the revocation log, whose entries have an order that readers can follow.
 *
 * `SPEC.md` numbers the rules. Run each function inside one storage transaction.
 *
 * @module
 */

import type { NumericDate } from '../../shared/clock.ts';
import type { Revocation, RevocationPage } from '../../shared/contracts/identity/revocation-log.ts';

export type LogEntry = Revocation & { readonly position: number };

/** The store of the log. It is synchronous, because a Durable Object's SQLite is. */
export interface RevocationStore {
  /** The log's random id, which is fixed when its storage is created. */
  epoch(): string;
  /** The position of the newest entry, even if it was removed. 0 before the first. */
  head(): number;
  find(kind: Revocation['kind'], id: string): LogEntry | undefined;
  /** Adds an entry at a position past the head. */
  add(entry: Revocation): void;
  remove(position: number): void;
  /** The entries after a position, in order. */
  after(position: number, limit: number): readonly LogEntry[];
  /** The earliest expiry; `undefined` if there are no entries. */
  nextExpiry(): NumericDate | undefined;
  /** Removes what expires at `now` or before. */
  removeExpired(now: NumericDate): void;
}

/** The most entries a page holds. */
const PAGE = 1_000;

/** Adds the entries that are not expired. An existing one keeps the later expiry. */
export function append(
  store: RevocationStore,
  entries: readonly Revocation[],
  now: NumericDate,
): void {
  for (const entry of entries) {
    const stored = store.find(entry.kind, entry.id);
    if (entry.expiresAt <= now || (stored !== undefined && stored.expiresAt >= entry.expiresAt)) {
      continue;
    }
    // An extended entry moves to the head, or a reader past it would remove it too early.
    if (stored !== undefined) store.remove(stored.position);
    store.add(entry);
  }
}

/** The entries after a position. */
export function read(store: RevocationStore, after: number, limit = PAGE): RevocationPage {
  const size = Math.max(1, Math.min(limit, PAGE));
  const found = store.after(after, size + 1);
  const entries = found.slice(0, size);
  const more = found.length > size;
  return {
    // After the last page the position is the head, because expired entries were read as well.
    position: more ? (entries.at(-1)?.position ?? after) : store.head(),
    epoch: store.epoch(),
    entries: entries.map(({ kind, id, expiresAt }) => ({ kind, id, expiresAt })),
    more,
  };
}

/** The answer of a log without storage. No other log has its epoch, so every reader restarts. */
export const EMPTY_PAGE: RevocationPage = { position: 0, epoch: '', entries: [], more: false };
