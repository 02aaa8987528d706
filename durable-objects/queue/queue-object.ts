import { DurableObject } from 'cloudflare:workers';

import { type Clock, type Millis, minutes } from '../../shared/clock.ts';
import type {
  QueueAnswer,
  QueueChange,
  QueueRpc,
  QueueStatus,
  SeatRequest,
} from '../../shared/contracts/connect/queue-rpc.ts';
import { migrate } from '../../shared/sql/migrate.ts';
import {
  ask,
  askAgain,
  giveUp,
  type Queue,
  type QueueSettings,
  release,
  statusOf,
  WaitingTimes,
} from './queue.ts';
import { migrations } from './queue-schema.ts';
import { type QueueEnv, readQueueSettings } from './queue-settings.ts';
import { SqliteQueueStore } from './queue-store.ts';
import { leaveSeat, renewSeat, takeSeat } from './seats.ts';

/** How many expired entries one call removes. */
const SWEEP_LIMIT = 500;
const SWEEP_EVERY = minutes(1);

/** The admission queue of a deployment. There is one, with a fixed name. */
export class QueueObject extends DurableObject<QueueEnv> implements QueueRpc {
  readonly #clock: Clock = () => Date.now();
  readonly #waitingTimes = new WaitingTimes();
  readonly #settings: QueueSettings;
  #store: SqliteQueueStore;
  /** When the alarm is due, as far as this instance knows. */
  #sweepAt: Millis = 0;

  constructor(ctx: DurableObjectState, env: QueueEnv) {
    super(ctx, env);
    this.#settings = readQueueSettings(env);
    migrate(ctx.storage, migrations);
    this.#store = new SqliteQueueStore(ctx.storage.sql);
  }

  async ask(sessionId: string, userId = ''): Promise<QueueAnswer> {
    return this.#transact((queue) => ask(queue, sessionId, userId));
  }

  async askAgain(sessionId: string, place: number): Promise<QueueAnswer> {
    return this.#transact((queue) => askAgain(queue, sessionId, place));
  }

  async giveUp(sessionId: string, place?: number): Promise<void> {
    await this.#transact((queue) => giveUp(queue, sessionId, place));
  }

  async takeSeat(request: SeatRequest): Promise<boolean> {
    return this.#transact(({ store, now }) => takeSeat(store, request, now));
  }

  async renewSeat(sessionId: string, holder: string, until: Millis): Promise<boolean> {
    return this.#transact(({ store, now }) => renewSeat(store, { sessionId, holder }, until, now));
  }

  async leaveSeat(sessionId: string, holder: string): Promise<void> {
    await this.#transact(({ store, now }) => leaveSeat(store, { sessionId, holder }, now));
  }

  async status(): Promise<QueueStatus> {
    return this.#transact(statusOf);
  }

  async change({ capacity, paused }: QueueChange): Promise<QueueStatus> {
    return this.#transact((queue) => {
      const overrides = queue.store.overrides();
      queue.store.saveOverrides({
        ...overrides,
        capacity: capacity === undefined ? overrides.capacity : capacity,
        paused: paused ?? overrides.paused,
      });
      return statusOf(queue);
    });
  }

  async release(count: number): Promise<number> {
    return this.#transact((queue) => release(queue, count));
  }

  /** Removes what has expired. Safe to run twice. */
  override async alarm(): Promise<void> {
    this.#sweepAt = 0;
    await this.#transact(() => undefined);
  }

  /** Removes what has expired and does the work in one transaction, then sets the alarm if one is due. */
  async #transact<T>(work: (queue: Queue) => T): Promise<T> {
    const now = this.#clock();
    const result = this.#attempt(() => {
      this.#store.removeExpired(now, SWEEP_LIMIT);
      return work(this.#queueAt(now));
    });
    await this.#scheduleSweep(now);
    return result;
  }

  #attempt<T>(work: () => T): T {
    try {
      return this.ctx.storage.transactionSync(work);
    } catch (error) {
      // The counters that the store has in memory were not rolled back with the rows.
      this.#store = new SqliteQueueStore(this.ctx.storage.sql);
      throw error;
    }
  }

  #queueAt(now: Millis): Queue {
    return {
      store: this.#store,
      settings: this.#settings,
      waitingTimes: this.#waitingTimes,
      now,
      newGrantId: () => crypto.randomUUID(),
    };
  }

  /** Sets an overdue alarm again, because the runtime gave it up after its retries. */
  async #scheduleSweep(now: Millis): Promise<void> {
    if (this.#sweepAt > now - SWEEP_EVERY) return;
    const next = this.#store.nextExpiry();
    if (next === undefined) return;
    this.#sweepAt = Math.max(next, now + (next <= now ? 0 : SWEEP_EVERY));
    await this.ctx.storage.setAlarm(this.#sweepAt);
  }
}
