import * as z from 'zod';

import type { Listing } from '../catalogue/catalogue.ts';

const Listings = z.array(
  z.object({ service: z.string(), endpoint: z.string(), description: z.string() }),
);

/**
 * The endpoint lists that clients were sent: one row for each list, however many clients have it. It
 * lets a hub that was hibernated send a client only the changes [H78].
 */
export class ListStore {
  readonly #sql: SqlStorage;
  /** The digests of lists that are stored, to save writes. */
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

  /** Deletes every other list. */
  keepOnly(digests: ReadonlySet<string>): void {
    const query = 'DELETE FROM lists WHERE digest NOT IN (SELECT value FROM json_each(?))';
    this.#sql.exec(query, JSON.stringify([...digests]));
    this.#stored.clear();
  }
}
