/**
 * The revocation log: what was revoked, in an order that readers can follow.
 *
 * Pure rules over a {@link RevocationStore}; each runs inside one storage transaction. They are
 * numbered in `SPEC.md`.
 *
 * @module
 */

import type { NumericDate } from '../../shared/clock.ts';
import type { Revocation, RevocationPage } from '../../shared/contracts/identity/revocation-log.ts';

export type LogEntry = Revocation & { readonly position: number };

/** Where the log lives. Synchronous, because a Durable Object's SQLite is. */
export interface RevocationStore {
  /** The log's identity, fixed when its storage was made. */
  epoch(): string;
  /** The position of the newest entry there ever was; 0 before the first. */
  head(): number;
  find(kind: Revocation['kind'], id: string): LogEntry | undefined;
  /** Adds an entry at a position past the head. */
  add(entry: Revocation): void;
  remove(position: number): void;
  /** In the order of their positions. */
  after(position: number, limit: number): readonly LogEntry[];
  /** The earliest expiry; `undefined` if there are no entries. */
  nextExpiry(): NumericDate | undefined;
  /** Removes what expires at `now` or before. */
  removeExpired(now: NumericDate): void;
}

/** The most entries a page holds. */
const PAGE = 1_000;

/** Adds what is not there yet and not expired already. */
export function append(
  store: RevocationStore,
  entries: readonly Revocation[],
  now: NumericDate,
): void {
  for (const entry of entries) {
    const known = store.find(entry.kind, entry.id);
    if (entry.expiresAt <= now || (known !== undefined && known.expiresAt >= entry.expiresAt)) {
      continue;
    }
    // A prolonged entry moves to the head: a reader past it would forget it too early otherwise.
    if (known !== undefined) store.remove(known.position);
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
    // Behind the last page is the head, not the last entry: what has expired was read as well.
    position: more ? (entries.at(-1)?.position ?? after) : store.head(),
    epoch: store.epoch(),
    entries: entries.map(({ kind, id, expiresAt }) => ({ kind, id, expiresAt })),
    more,
  };
}

/** What a log without storage answers. Its epoch is nobody else's, so that every reader restarts. */
export const EMPTY_PAGE: RevocationPage = { position: 0, epoch: '', entries: [], more: false };
