/**
 * In which order the calls of a connection are made, and how they are cancelled: rules [H27]–[H30].
 *
 * @module
 */

import type { Awaitable } from '../../../shared/awaitable.ts';

/** The result of giving a message to the queue. */
export type Taken =
  | { readonly as: 'done' }
  | { readonly as: 'queued'; readonly done: Promise<void> }
  /** The same message is being served: its answer is this one's, too. */
  | { readonly as: 'duplicate' }
  | { readonly as: 'overflow' };

/** Must not fail. */
type Make = (pending: PendingCall) => Awaitable<void>;

type Entry = {
  readonly pending: PendingCall;
  readonly messageId: bigint | undefined;
  begun: boolean;
};

const DONE: Taken = { as: 'done' };

/**
 * The calls of one connection: in order within a lane, at once across lanes, and bounded in number.
 *
 * They are in memory only. A pending call keeps the object there, and what ends the object also ends
 * the sockets that wait for the answers.
 */
export class CallQueue {
  readonly #limit: number;
  readonly #tails = new Map<number, Promise<void>>();
  /** The calls that are under way or queued. */
  readonly #entries = new Set<Entry>();
  readonly #byMessage = new Map<bigint, Entry>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Makes a call: at once if its lane is free, and otherwise after the calls of its lane.
   *
   * @param messageId `undefined` for a message that expects no answer, which cannot be a duplicate.
   */
  take(lane: number, messageId: bigint | undefined, make: Make): Taken {
    if (messageId !== undefined && this.#byMessage.has(messageId)) return { as: 'duplicate' };
    if (this.#entries.size >= this.#limit) return { as: 'overflow' };

    const before = this.#tails.get(lane);
    const hasWaited = before !== undefined;
    const entry: Entry = { pending: new PendingCall(hasWaited), messageId, begun: !hasWaited };
    const called = before?.then(() => begin(entry, make)) ?? make(entry.pending);
    return called === undefined ? DONE : this.#queue(lane, entry, called);
  }

  /**
   * Cancels the call of a message. A queued call is removed and never made; a call under way is
   * aborted. Returns whether there was one.
   */
  cancel(messageId: bigint): boolean {
    const entry = this.#byMessage.get(messageId);
    if (entry === undefined) return false;
    entry.pending.cancel();
    if (!entry.begun) this.#forget(entry);
    return true;
  }

  #queue(lane: number, entry: Entry, called: Promise<void>): Taken {
    this.#entries.add(entry);
    if (entry.messageId !== undefined) this.#byMessage.set(entry.messageId, entry);
    const done: Promise<void> = called.then(() => this.#finish(lane, entry, done));
    this.#tails.set(lane, done);
    return { as: 'queued', done };
  }

  #finish(lane: number, entry: Entry, done: Promise<void>): void {
    this.#forget(entry);
    if (this.#tails.get(lane) === done) this.#tails.delete(lane);
  }

  #forget(entry: Entry): void {
    this.#entries.delete(entry);
    const { messageId } = entry;
    // After a cancelled call another one may have the same id.
    if (messageId !== undefined && this.#byMessage.get(messageId) === entry)
      this.#byMessage.delete(messageId);
  }
}

function begin(entry: Entry, make: Make): Awaitable<void> {
  if (entry.pending.isCancelled) return undefined;
  entry.begun = true;
  return make(entry.pending);
}

/** A call that is queued or under way. Its client may cancel it. */
export class PendingCall {
  /** Whether the call waited for others of its lane. */
  readonly hasWaited: boolean;
  #aborter: AbortController | undefined;
  #isCancelled = false;

  constructor(hasWaited: boolean) {
    this.hasWaited = hasWaited;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Aborted when the call is cancelled. It is made on first use, because most calls need none. */
  get signal(): AbortSignal {
    this.#aborter ??= new AbortController();
    if (this.#isCancelled) this.#aborter.abort();
    return this.#aborter.signal;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#aborter?.abort();
  }
}

/** The call queue of each connection. */
export class CallQueues {
  readonly #limit: number;
  readonly #queues = new WeakMap<object, CallQueue>();

  /** @param limit The number of calls of one connection. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  of(connection: object): CallQueue {
    const existing = this.#queues.get(connection);
    if (existing !== undefined) return existing;
    const queue = new CallQueue(this.#limit);
    this.#queues.set(connection, queue);
    return queue;
  }
}
