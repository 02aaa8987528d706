import { DurableObject } from 'cloudflare:workers';

import type { Clock } from '../../shared/clock.ts';
import type { Result } from '../../shared/result.ts';
import { isMigrated, migrate } from '../../shared/sql/migrate.ts';
import {
  type Admission,
  admit,
  forgetStale,
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
  /** Absent until something is stored, so that a made-up identifier allocates nothing. */
  #store: SqliteSignInGuardStore | undefined;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    if (isMigrated(ctx.storage)) this.#store = this.#openStore();
  }

  /** Counts an attempt before its password is checked, or refuses it. */
  async admit(source: Source): Promise<Result<Admission, Refusal>> {
    const admitted = this.#transact((store) => admit(store, source, this.#clock()));
    await this.#schedule();
    return admitted;
  }

  /** Records that the password of an admitted attempt was right. A wrong password needs no call. */
  async succeed(source: Source): Promise<void> {
    this.#transact((store) => succeed(store, source, this.#clock()));
    await this.#schedule();
  }

  /** Takes back an attempt whose password could not be checked. Idempotent. */
  async withdraw({ attempt }: Admission): Promise<void> {
    if (this.#store === undefined) return;
    this.#transact((store) => store.removeAttempt(attempt));
    await this.#schedule();
  }

  /** Removes stale records, and deletes the storage of an empty guard. Safe to run twice. */
  override async alarm(): Promise<void> {
    if (this.#store === undefined) return;
    this.#transact((store) => forgetStale(store, this.#clock()));
    await this.#schedule();
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
