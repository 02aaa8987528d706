import { type Millis, seconds, toNumericDate } from '../clock.ts';
import type { Principal } from '../contracts/edge/principal.ts';
import type { Revocation, RevocationPage } from '../contracts/identity/revocation-log.ts';

const PRUNE_INTERVAL = seconds(30);

/** Where a reader of the revocation log stands. */
export type Cursor = Pick<RevocationPage, 'epoch' | 'position'>;

export const START: Cursor = { epoch: '', position: 0 };

/**
 * Where to read on after `page`, which was asked for with `asked`.
 *
 * A page of another log, or from before the position asked with, says that the log was replaced: it
 * is read from its start.
 */
export function cursorAfter(asked: Cursor, page: RevocationPage): Cursor {
  const replaced = page.epoch !== asked.epoch || page.position < asked.position;
  return { epoch: page.epoch, position: replaced && asked.position > 0 ? 0 : page.position };
}

/**
 * The sessions and tokens known as revoked.
 *
 * An entry is kept until it expires, whatever becomes of the log it was read from: what was revoked
 * once is never valid again.
 */
export class RevocationSet {
  readonly #sessions = new Map<string, number>();
  readonly #tokens = new Map<string, number>();
  #prunedAt: Millis = 0;

  has({ sessionId, tokenId }: Pick<Principal, 'sessionId' | 'tokenId'>): boolean {
    return (sessionId !== null && this.#sessions.has(sessionId)) || this.#tokens.has(tokenId);
  }

  get size(): number {
    return this.#sessions.size + this.#tokens.size;
  }

  /** Takes entries in, and now and then forgets those whose tokens have all expired. */
  add(entries: readonly Revocation[], now: Millis): void {
    for (const { kind, id, expiresAt } of entries) {
      const ids = kind === 'session' ? this.#sessions : this.#tokens;
      ids.set(id, Math.max(expiresAt, ids.get(id) ?? 0));
    }
    if (now - this.#prunedAt >= PRUNE_INTERVAL) this.#prune(now);
  }

  #prune(now: Millis): void {
    this.#prunedAt = now;
    for (const ids of [this.#sessions, this.#tokens]) {
      for (const [id, expiresAt] of ids) if (expiresAt < toNumericDate(now)) ids.delete(id);
    }
  }
}
