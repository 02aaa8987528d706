/**
 * Many named timers on the one alarm of a Durable Object.
 *
 * A timer fires at least once: if its handler throws, the timer stays, and the runtime repeats the
 * alarm after a pause. Handlers must therefore be idempotent.
 *
 * @module
 */

import type { Clock, Millis } from '../clock.ts';

export type Handlers<Name extends string> = {
  readonly [N in Name]: (now: Millis) => void | Promise<void>;
};

type TimerStorage = Pick<DurableObjectStorage, 'setAlarm' | 'deleteAlarm'> & {
  readonly sql: Pick<SqlStorage, 'exec'>;
};

export class Timers<Name extends string> {
  readonly #storage: TimerStorage;
  readonly #clock: Clock;
  readonly #handlers: Handlers<Name>;
  /** How often each timer was set: its handler may set it again, even to the same moment. */
  readonly #settings = new Map<Name, number>();

  constructor(storage: TimerStorage, clock: Clock, handlers: Handlers<Name>) {
    this.#storage = storage;
    this.#clock = clock;
    this.#handlers = handlers;
    storage.sql.exec(
      'CREATE TABLE IF NOT EXISTS _timers (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT',
    );
  }

  /** Sets `name` to fire at `at`, replacing an earlier setting. */
  async set(name: Name, at: Millis): Promise<void> {
    this.#settings.set(name, this.#settingOf(name) + 1);
    this.#storage.sql.exec('INSERT OR REPLACE INTO _timers VALUES (?, ?)', name, at);
    await this.#arm();
  }

  async cancel(name: Name): Promise<void> {
    this.#delete(name);
    await this.#arm();
  }

  /** Runs every due timer. Call it from the object's `alarm()`. */
  async fire(): Promise<void> {
    const now = this.#clock();
    const due = this.#storage.sql
      .exec<{ name: Name }>('SELECT name FROM _timers WHERE at <= ? ORDER BY at', now)
      .toArray();

    const failures: unknown[] = [];
    for (const { name } of due) {
      const setting = this.#settingOf(name);
      try {
        await this.#handlers[name](now);
        if (setting === this.#settingOf(name)) this.#delete(name);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Cannot run every due timer');
    await this.#arm();
  }

  #settingOf(name: Name): number {
    return this.#settings.get(name) ?? 0;
  }

  #delete(name: Name): void {
    this.#storage.sql.exec('DELETE FROM _timers WHERE name = ?', name);
  }

  async #arm(): Promise<void> {
    const { at } = this.#storage.sql
      .exec<{ at: Millis | null }>('SELECT min(at) AS at FROM _timers')
      .one();
    await (at === null ? this.#storage.deleteAlarm() : this.#storage.setAlarm(at));
  }
}
