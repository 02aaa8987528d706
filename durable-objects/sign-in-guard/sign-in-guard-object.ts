import { DurableObject } from 'cloudflare:workers';

import type { Clock } from '../../shared/clock.ts';
import type { Result } from '../../shared/result.ts';
import { isMigrated, migrate } from '../../shared/sql/migrate.ts';
import { OpenAttempts } from './open-attempts.ts';
import {
  type Admission,
  admit,
  forgetStale,
  isUndecided,
  nextStaleAt,
  type Refusal,
  type Source,
  succeed,
} from './sign-in-guard.ts';
import { migrations } from './sign-in-guard-schema.ts';
import { SqliteSignInGuardStore } from './sign-in-guard-store.ts';

/**
 * The sign-in guard of one identifier, which limits how often its password may be guessed.
 *
 * Address it by a keyed hash of the identifier, because names of objects are logged.
 */
export class SignInGuardObject extends DurableObject<unknown> {
  readonly #clock: Clock = () => Date.now();
  readonly #open = new OpenAttempts(this.#clock);
  /** Absent until something is stored, so that a made-up identifier allocates nothing. */
  #store: SqliteSignInGuardStore | undefined;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    if (isMigrated(ctx.storage)) this.#store = this.#openStore();
  }

  /**
   * Counts an attempt before its password is checked, or refuses it. It waits for the outcome of others
   * where that decides.
   */
  async admit(source: Source): Promise<Result<Admission, Refusal>> {
    while (this.#isUndecided(source) && (await this.#open.change()));
    const admitted = this.#transact((store) => admit(store, source, this.#clock()));
    if (admitted.ok) this.#open.add(admitted.value.attempt);
    await this.#schedule();
    return admitted;
  }

  /** Records that the password of an admitted attempt was right. */
  async succeed(source: Source): Promise<void> {
    this.#transact((store) => succeed(store, source, this.#clock()));
    this.#open.settle();
    await this.#schedule();
  }

  /** Tells that the password of an admitted attempt was wrong, which it counts as already. */
  async fail({ attempt }: Admission): Promise<void> {
    this.#open.settle(attempt);
  }

  /** Takes back an attempt whose password could not be checked. Idempotent. */
  async withdraw({ attempt }: Admission): Promise<void> {
    if (this.#store === undefined) return;
    this.#transact((store) => store.removeAttempt(attempt));
    this.#open.settle(attempt);
    await this.#schedule();
  }

  /** Removes stale records, and deletes the storage of an empty guard. Safe to run twice. */
  override async alarm(): Promise<void> {
    if (this.#store === undefined) return;
    this.#transact((store) => forgetStale(store, this.#clock()));
    await this.#schedule();
  }

  #isUndecided(source: Source): boolean {
    const store = this.#store;
    return store !== undefined && isUndecided(store, source, this.#open.has, this.#clock());
  }

  #transact<T>(work: (store: SqliteSignInGuardStore) => T): T {
    this.#store ??= this.#openStore();
    const store = this.#store;
    return this.ctx.storage.transactionSync(() => work(store));
  }

  async #schedule(): Promise<void> {
    const at = this.#store && nextStaleAt(this.#store);
    if (at !== undefined) return this.ctx.storage.setAlarm(at);
    // The instance outlives its tables, so the next call must not use this store.
    this.#store = undefined;
    await this.ctx.storage.deleteAll();
  }

  #openStore(): SqliteSignInGuardStore {
    migrate(this.ctx.storage, migrations);
    return new SqliteSignInGuardStore(this.ctx.storage.sql);
  }
}
