import { ageOf, type Millis, seconds, toNumericDate } from '../clock.ts';
import type { Principal } from '../contracts/edge/principal.ts';
import type { Revocation, RevocationPage } from '../contracts/identity/revocation-log.ts';

const PRUNE_INTERVAL = seconds(30);

/** The position of a reader in the revocation log. */
export type Cursor = Pick<RevocationPage, 'epoch' | 'position'>;

export const START: Cursor = { epoch: '', position: 0 };

/**
 * The sessions and tokens that are known to be revoked.
 *
 * An entry stays until it expires, even if the log is replaced, because what was revoked once is
 * never valid again.
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

  /** Adds entries, and from time to time removes those whose tokens have all expired. */
  add(entries: readonly Revocation[], now: Millis): void {
    for (const { kind, id, expiresAt } of entries) {
      const ids = kind === 'session' ? this.#sessions : this.#tokens;
      ids.set(id, Math.max(expiresAt, ids.get(id) ?? 0));
    }
    if (ageOf(this.#prunedAt, now) >= PRUNE_INTERVAL) this.#prune(now);
  }

  #prune(now: Millis): void {
    this.#prunedAt = now;
    for (const ids of [this.#sessions, this.#tokens]) {
      for (const [id, expiresAt] of ids) if (expiresAt < toNumericDate(now)) ids.delete(id);
    }
  }
}

/**
 * The position from which to read after `page`, which was requested from `asked`.
 *
 * A page of another log, or with an earlier position, means that the log was replaced, so it is
 * read from its start.
 */
export function cursorAfter(cursor: Cursor, page: RevocationPage): Cursor {
  const replaced = page.epoch !== cursor.epoch || page.position < cursor.position;
  return { epoch: page.epoch, position: replaced && cursor.position > 0 ? 0 : page.position };
}
