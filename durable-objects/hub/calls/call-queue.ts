import type { Awaitable } from '../../../shared/awaitable.ts';

/** How a connection's message was taken. */
export type Taken =
  | { readonly as: 'done' }
  | { readonly as: 'queued'; readonly done: Promise<void> }
  /** The same message is being served: its answer will answer this one too. */
  | { readonly as: 'duplicate' }
  | { readonly as: 'overflow' };

const DONE: Taken = { as: 'done' };

/**
 * The calls of one connection: in order within a lane, at once across lanes, bounded in number.
 *
 * It lives in memory only. That is sound: a pending call keeps the object in memory, and what ends
 * the object also ends the sockets that wait for the answers.
 */
export class CallQueue {
  readonly #limit: number;
  readonly #tails = new Map<number, Promise<void>>();
  readonly #messages = new Set<bigint>();
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Makes `call`, behind the calls of its lane.
   *
   * @param messageId `undefined` for what expects no answer, and so cannot be answered twice.
   * @param call Must not fail.
   */
  take(lane: number, messageId: bigint | undefined, call: () => Awaitable<void>): Taken {
    if (messageId !== undefined && this.#messages.has(messageId)) return { as: 'duplicate' };
    if (this.#size >= this.#limit) return { as: 'overflow' };

    const before = this.#tails.get(lane);
    const called = before === undefined ? call() : before.then(call);
    return called === undefined ? DONE : this.#queue(lane, messageId, called);
  }

  #queue(lane: number, messageId: bigint | undefined, called: Promise<void>): Taken {
    this.#size += 1;
    if (messageId !== undefined) this.#messages.add(messageId);
    const done: Promise<void> = called.then(() => this.#finish(lane, messageId, done));
    this.#tails.set(lane, done);
    return { as: 'queued', done };
  }

  #finish(lane: number, messageId: bigint | undefined, done: Promise<void>): void {
    this.#size -= 1;
    if (messageId !== undefined) this.#messages.delete(messageId);
    if (this.#tails.get(lane) === done) this.#tails.delete(lane);
  }
}
