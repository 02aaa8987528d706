import { DurableObject } from 'cloudflare:workers';

import { type Clock, type Millis, minutes, seconds, toNumericDate } from '../../shared/clock.ts';
import type {
  Revocation,
  RevocationLog,
  RevocationPage,
} from '../../shared/contracts/identity/revocation-log.ts';
import { isMigrated, migrate } from '../../shared/sql/migrate.ts';
import { append, EMPTY_PAGE, read } from './revocation-log.ts';
import { migrations } from './revocation-log-schema.ts';
import { SqliteRevocationStore } from './revocation-log-store.ts';

/** How long expired entries may remain, so that one alarm removes many of them. */
const SWEEP_PAUSE = minutes(1);

/**
 * The log of revoked sessions and tokens. There is one, named `log`.
 *
 * An alarm is set exactly while there are entries.
 */
export class RevocationLogObject extends DurableObject<unknown> implements RevocationLog {
  readonly #clock: Clock = () => Date.now();
  /** Absent until something is revoked, because reading an empty log must not allocate storage. */
  #store: SqliteRevocationStore | undefined;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    if (isMigrated(ctx.storage)) this.#store = this.#openStore();
  }

  async append(entries: readonly Revocation[]): Promise<void> {
    const now = this.#clock();
    this.#store ??= this.#openStore();
    const store = this.#store;
    const wasEmpty = store.after(0, 1).length === 0;
    this.ctx.storage.transactionSync(() => append(store, entries, toNumericDate(now)));
    // Set in the same turn, so that there are never entries without an alarm. It is also set again
    // if the runtime gave up a failed one.
    if (wasEmpty || (await this.ctx.storage.getAlarm()) === null) await this.#arm(store, now);
  }

  async read(after: number, limit?: number): Promise<RevocationPage> {
    return this.#store === undefined ? EMPTY_PAGE : read(this.#store, after, limit);
  }

  /** Deletes what has expired. */
  override async alarm(): Promise<void> {
    if (this.#store === undefined) return;
    const now = this.#clock();
    this.#store.removeExpired(toNumericDate(now));
    await this.#arm(this.#store, now);
  }

  async #arm(store: SqliteRevocationStore, now: Millis): Promise<void> {
    const expiry = store.nextExpiry();
    if (expiry === undefined) return;
    await this.ctx.storage.setAlarm(Math.max(seconds(expiry), now + SWEEP_PAUSE));
  }

  #openStore(): SqliteRevocationStore {
    migrate(this.ctx.storage, migrations);
    const store = new SqliteRevocationStore(this.ctx.storage.sql);
    store.name(crypto.randomUUID());
    return store;
  }
}
