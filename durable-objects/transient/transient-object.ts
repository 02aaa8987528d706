import { DurableObject } from 'cloudflare:workers';

import { type Clock, seconds } from '../../shared/clock.ts';
import { isMigrated, migrate } from '../../shared/sql/migrate.ts';
import { alarmAfterWrite, type Entry, read, sweep, take, writeIfAbsent } from './transient.ts';
import { migrations } from './transient-schema.ts';
import { SqliteEntryStore } from './transient-store.ts';

/** An entry to write. The object computes its expiry. */
export type NewEntry = {
  readonly key: string;
  readonly value: string;
  readonly ttlSeconds: number;
};

/**
 * One shard of the short-lived records.
 *
 * Address it by `shardName(key)`. `TtlStore` has checked keys, values and times to live.
 */
export class TransientObject extends DurableObject<unknown> {
  readonly #clock: Clock = () => Date.now();
  /** Absent until something is stored, so that a made-up key allocates nothing. */
  #store: SqliteEntryStore | undefined;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    if (isMigrated(ctx.storage)) this.#store = this.#openStore();
  }

  read(key: string): string | undefined {
    return this.#store && read(this.#store, key, this.#clock());
  }

  async write(entry: NewEntry): Promise<void> {
    await this.#transact(entry, (store, dated) => store.save(dated));
  }

  /** @returns Whether the entry was written, because there was no live one. */
  async writeIfAbsent(entry: NewEntry): Promise<boolean> {
    return this.#transact(entry, writeIfAbsent);
  }

  take(key: string): string | undefined {
    const store = this.#store;
    if (store === undefined) return undefined;
    return this.ctx.storage.transactionSync(() => take(store, key, this.#clock()));
  }

  remove(key: string): void {
    this.#store?.remove(key);
  }

  /** Returns `true` if the object and its storage answer. */
  ping(): boolean {
    return this.ctx.storage.sql.exec('SELECT 1').toArray().length === 1;
  }

  /** Deletes expired entries, and the storage if none are left. Safe to run twice. */
  override async alarm(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    const next = this.ctx.storage.transactionSync(() => sweep(store, this.#clock()));
    if (next !== undefined) return this.ctx.storage.setAlarm(next);
    // The instance outlives its tables, so the next call must not use this store.
    this.#store = undefined;
    await this.ctx.storage.deleteAll();
  }

  /** Writes and sets the alarm in the same turn, so that there are never rows without an alarm. */
  async #transact<T>(
    { key, value, ttlSeconds }: NewEntry,
    work: (store: SqliteEntryStore, entry: Entry, now: number) => T,
  ): Promise<T> {
    this.#store ??= this.#openStore();
    const store = this.#store;
    const now = this.#clock();
    const entry = { key, value, expiresAt: now + seconds(ttlSeconds) };
    const { result, alarm } = this.ctx.storage.transactionSync(() => {
      const before = store.earliestExpiry();
      const result = work(store, entry, now);
      return { result, alarm: alarmAfterWrite(before, store.earliestExpiry(), now) };
    });
    if (alarm !== undefined) await this.ctx.storage.setAlarm(alarm);
    return result;
  }

  #openStore(): SqliteEntryStore {
    migrate(this.ctx.storage, migrations);
    return new SqliteEntryStore(this.ctx.storage.sql);
  }
}
