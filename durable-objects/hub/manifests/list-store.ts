import * as z from 'zod';

import type { Listing } from '../catalogue/catalogue.ts';

const Listings = z.array(
  z.object({ service: z.string(), endpoint: z.string(), description: z.string() }),
);

/**
 * The lists that clients have: one row for each list, however many have it. It lets a hub that was
 * hibernated say what has changed.
 */
export class ListStore {
  readonly #sql: SqlStorage;
  /** What is stored for sure: saves writes. */
  readonly #stored = new Set<string>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  put(digest: string, listings: readonly Listing[]): void {
    if (this.#stored.has(digest)) return;
    const query = 'INSERT OR IGNORE INTO lists VALUES (?, ?)';
    this.#sql.exec(query, digest, JSON.stringify(listings));
    this.#stored.add(digest);
  }

  find(digest: string): readonly Listing[] | undefined {
    const query = 'SELECT listings FROM lists WHERE digest = ?';
    const [row] = this.#sql.exec<{ listings: string }>(query, digest).toArray();
    return row && Listings.parse(JSON.parse(row.listings));
  }

  /** Forgets every other list. */
  keepOnly(digests: ReadonlySet<string>): void {
    const query = 'DELETE FROM lists WHERE digest NOT IN (SELECT value FROM json_each(?))';
    this.#sql.exec(query, JSON.stringify([...digests]));
    this.#stored.clear();
  }
}
