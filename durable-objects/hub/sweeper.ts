import { type Clock, type Millis, minutes, seconds } from '../../shared/clock.ts';
import { Timers } from '../../shared/sql/timers.ts';
import type { AnswerStore } from './calls/answer-store.ts';
import type { Connection } from './connections/connection.ts';
import type { Connections } from './connections/connections.ts';
import { deadlineOf, overdue } from './connections/liveness.ts';
import type { ConnectionCloser } from './lifecycle/close-connection.ts';
import type { DirectoryEntries } from './lifecycle/directory-entries.ts';
import { PATIENCE, type SlowClients } from './lifecycle/slow-clients.ts';
import type { Streams } from './streams/streams.ts';

/** Sweeps are at least this far apart, however the deadlines fall. */
const SWEEP_SPACING = seconds(1);
const ANSWER_SWEEP = minutes(5);

export type SweeperDeps = {
  readonly storage: DurableObjectStorage;
  readonly answers: AnswerStore;
  readonly connections: Connections;
  readonly streams: Streams;
  readonly entries: DirectoryEntries;
  readonly farewell: ConnectionCloser;
  readonly laggards: SlowClients;
  /** When the runtime last answered a keep-alive of the socket. */
  readonly lastPing: (socket: WebSocket) => Date | null;
  readonly expireShortcuts: (now: Millis) => Promise<void>;
  readonly clock: Clock;
};

/**
 * Ends connections and streams whose time is up, and removes old answers and events.
 *
 * What it holds in memory only saves writes: after hibernation the alarm is set again.
 */
export class Sweeper {
  readonly #deps: SweeperDeps;
  readonly #timers: Timers<'connections' | 'answers' | 'streams' | 'shortcuts' | 'laggards'>;
  #sweepAt: Millis | undefined;
  #pruneAt: Millis | undefined;
  #streamsAt: Millis | undefined;
  #laggardsAt: Millis | undefined;

  constructor(deps: SweeperDeps) {
    this.#deps = deps;
    this.#timers = new Timers(deps.storage, deps.clock, {
      connections: (now) => this.#sweep(now),
      answers: (now) => this.#prune(now),
      streams: (now) => this.#sweepStreams(now),
      laggards: (now) => this.#sweepLaggards(now),
      shortcuts: (now) => deps.expireShortcuts(now),
    });
  }

  /** Sees to it that a new or changed connection is looked at in time. */
  async watch(connection: Connection): Promise<void> {
    const deadline = this.#deadlineOf(connection);
    if (this.#sweepAt === undefined || deadline < this.#sweepAt) await this.#scheduleSweep();
  }

  /** Sees to it that an answer that was kept is removed one day. */
  async watchAnswers(): Promise<void> {
    if (this.#pruneAt !== undefined) return;
    this.#pruneAt = this.#deps.clock() + ANSWER_SWEEP;
    await this.#timers.set('answers', this.#pruneAt);
  }

  /** Sees to it that streams and events that wait for clients do not wait for ever. */
  async watchStreams(): Promise<void> {
    // What comes later has its time later.
    if (this.#streamsAt === undefined) await this.#scheduleStreams();
  }

  /** Sees to it that a shortcut that expires is taken off the lists. */
  async watchShortcuts(at: Millis): Promise<void> {
    await this.#timers.set('shortcuts', at);
  }

  /** Sees to it that a client that does not take what it is sent is let go. */
  async watchLaggards(): Promise<void> {
    if (this.#laggardsAt !== undefined) return;
    await this.#scheduleLaggards(this.#deps.clock() + PATIENCE);
  }

  /** Does what is due. Call it from the object's `alarm()`. */
  async fire(): Promise<void> {
    await this.#timers.fire();
  }

  async #sweep(now: Millis): Promise<void> {
    const { connections, farewell, lastPing } = this.#deps;
    for (const connection of connections.all()) {
      const reason = overdue(connection.liveness(lastPing), now);
      if (reason !== undefined) await farewell.interrupt(connection, reason);
    }
    await this.#scheduleSweep();
    // Where the process was killed, this finds the streams that it left.
    await this.watchStreams();
  }

  async #sweepStreams(now: Millis): Promise<void> {
    const { streams, entries } = this.#deps;
    for (const ended of streams.endOverdue(now)) entries.remove(ended);
    streams.prune(now);
    await this.#scheduleStreams();
  }

  async #sweepLaggards(now: Millis): Promise<void> {
    await this.#scheduleLaggards(await this.#deps.laggards.sweep(now));
  }

  async #scheduleLaggards(at: Millis | undefined): Promise<void> {
    this.#laggardsAt = at;
    if (at !== undefined) await this.#timers.set('laggards', at);
  }

  async #scheduleStreams(): Promise<void> {
    this.#streamsAt = this.#deps.streams.nextSweep();
    if (this.#streamsAt !== undefined) await this.#timers.set('streams', this.#streamsAt);
  }

  async #scheduleSweep(): Promise<void> {
    const { connections, clock } = this.#deps;
    const deadlines = connections.all().map((connection) => this.#deadlineOf(connection));
    // Not `Math.min(...deadlines)`: a hub has more connections than a call has arguments.
    const earliest = deadlines.reduce((a, b) => Math.min(a, b), Infinity);
    this.#sweepAt = earliest === Infinity ? undefined : Math.max(earliest, clock() + SWEEP_SPACING);
    if (this.#sweepAt !== undefined) await this.#timers.set('connections', this.#sweepAt);
  }

  async #prune(now: Millis): Promise<void> {
    this.#deps.answers.removeExpired(now);
    this.#pruneAt = this.#deps.answers.nextExpiry();
    if (this.#pruneAt !== undefined) await this.#timers.set('answers', this.#pruneAt);
  }

  #deadlineOf(connection: Connection): Millis {
    return deadlineOf(connection.liveness(this.#deps.lastPing));
  }
}
