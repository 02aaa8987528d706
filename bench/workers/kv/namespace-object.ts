import { DurableObject } from 'cloudflare:workers';

type Entry = { readonly value: string; readonly metadata: string | null };
type Listing = { readonly prefix: string; readonly limit: number; readonly after: string };
type Listed = { readonly name: string; readonly expiration?: number; readonly metadata?: string };

/** A namespace in a table on disk. A call is one statement, and calls share commits. */
export class NamespaceObject extends DurableObject<unknown> {
  readonly #sql = this.ctx.storage.sql;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env);
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS entries (
      key TEXT PRIMARY KEY, value TEXT NOT NULL, metadata TEXT, expires INTEGER
    ) WITHOUT ROWID`);
  }

  get(key: string): Entry | undefined {
    const found = this.#sql.exec<Entry>(
      'SELECT value, metadata FROM entries WHERE key = ? AND (expires IS NULL OR expires > ?)',
      key,
      seconds(),
    );
    return found.next().value;
  }

  put(key: string, value: string, metadata: string | null, life: number | null | ''): void {
    const expires = life ? seconds() + life : null;
    this.#sql.exec(
      'INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)',
      key,
      value,
      metadata,
      expires,
    );
  }

  delete(key: string): void {
    this.#sql.exec('DELETE FROM entries WHERE key = ?', key);
  }

  /** Lists names in order, as KV does. The cursor is the last name. */
  list({ prefix, limit, after }: Listing): object {
    const rows = this.#sql
      .exec<{ key: string; metadata: string | null; expires: number | null }>(
        `SELECT key, metadata, expires FROM entries
         WHERE key >= ? AND key < ? AND key > ? AND (expires IS NULL OR expires > ?)
         ORDER BY key LIMIT ?`,
        prefix,
        `${prefix}\u{10FFFF}`,
        after,
        seconds(),
        limit + 1,
      )
      .toArray();
    const keys: Listed[] = rows.slice(0, limit).map(({ key, metadata, expires }) => ({
      name: key,
      ...(metadata === null ? {} : { metadata }),
      ...(expires === null ? {} : { expiration: expires }),
    }));
    const complete = rows.length <= limit;
    const cursor = complete ? {} : { cursor: keys.at(-1)?.name };
    return { keys, list_complete: complete, cacheStatus: null, ...cursor };
  }
}

const seconds = (): number => Math.floor(Date.now() / 1_000);
