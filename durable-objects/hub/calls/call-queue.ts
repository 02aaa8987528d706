import type { Awaitable } from '../../../shared/awaitable.ts';
import type { Connection } from '../connections/connection.ts';

/** How a connection's message was taken. */
export type Taken =
  | { readonly as: 'done' }
  | { readonly as: 'queued'; readonly done: Promise<void> }
  /** The same message is being served: its answer will answer this one too. */
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
 * The calls of one connection: in order within a lane, at once across lanes, bounded in number.
 *
 * It lives in memory only. That is sound: a pending call keeps the object in memory, and what ends
 * the object also ends the sockets that wait for the answers.
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
   * Makes a call: at once, if its lane is free, and otherwise after the calls of its lane.
   *
   * @param messageId `undefined` for what expects no answer, and so cannot be answered twice.
   */
  take(lane: number, messageId: bigint | undefined, make: Make): Taken {
    if (messageId !== undefined && this.#byMessage.has(messageId)) return { as: 'duplicate' };
    if (this.#entries.size >= this.#limit) return { as: 'overflow' };

    const before = this.#tails.get(lane);
    const entry: Entry = { pending: new PendingCall(), messageId, begun: before === undefined };
    const called = before?.then(() => begin(entry, make)) ?? make(entry.pending);
    return called === undefined ? DONE : this.#queue(lane, entry, called);
  }

  /**
   * Calls a message off. One that is queued will not be executed, and is forgotten; one that is
   * under way is aborted. Returns whether there was one.
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
    // After a cancelled message another may have come under the same id.
    if (messageId !== undefined && this.#byMessage.get(messageId) === entry)
      this.#byMessage.delete(messageId);
  }
}

function begin(entry: Entry, make: Make): Awaitable<void> {
  if (entry.pending.isCancelled) return undefined;
  entry.begun = true;
  return make(entry.pending);
}

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

/** A call that was taken and is not done. Its client may say that it no longer waits for it. */
export class PendingCall {
  #aborter: AbortController | undefined;
  #isCancelled = false;

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Aborted when the call is cancelled. Made when it is first asked for: most calls need none. */
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
