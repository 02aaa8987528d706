import type { Connection } from '../connections/connection.ts';
import { CallQueue } from './call-queue.ts';

/** The calls of each connection. */
export class CallQueues {
  readonly #limit: number;
  readonly #queues = new WeakMap<Connection, CallQueue>();

  /** @param limit Calls of one connection. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  of(connection: Connection): CallQueue {
    const known = this.#queues.get(connection);
    if (known !== undefined) return known;
    const queue = new CallQueue(this.#limit);
    this.#queues.set(connection, queue);
    return queue;
  }
}
