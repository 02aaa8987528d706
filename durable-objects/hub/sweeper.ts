import { type Clock, type Millis, minutes, seconds } from '../../shared/clock.ts';
import { Timers } from '../../shared/sql/timers.ts';
import type { AnswerStore } from './calls/answer-store.ts';
import type { Connection } from './connections/connection.ts';
import type { Connections } from './connections/connections.ts';
import { deadlineOf, overdue } from './connections/liveness.ts';
import type { ConnectionCloser } from './lifecycle/close-connection.ts';
import type { DirectoryEntries } from './lifecycle/directory-entries.ts';
import { BEHIND_LIMIT, type SlowClients } from './lifecycle/slow-clients.ts';
import type { Shortcuts } from './shortcuts/shortcuts.ts';
import type { Streams } from './streams/streams.ts';

/** Sweeps of connections are at least this far apart. */
const SWEEP_SPACING = seconds(1);
const ANSWER_SWEEP = minutes(5);

/** The names are stored, so they are not changed. `laggards` is the timer of slow clients. */
type TimerName = 'connections' | 'answers' | 'streams' | 'shortcuts' | 'laggards';

export type SweeperNeeds = {
  readonly storage: DurableObjectStorage;
  readonly answers: Pick<AnswerStore, 'removeExpired' | 'nextExpiry'>;
  readonly connections: Pick<Connections, 'all'>;
  readonly streams: Pick<Streams, 'endOverdue' | 'prune' | 'nextSweep'>;
  readonly entries: Pick<DirectoryEntries, 'remove'>;
  readonly closer: Pick<ConnectionCloser, 'interrupt'>;
  readonly slowClients: Pick<SlowClients, 'sweep'>;
  readonly shortcuts: Pick<Shortcuts, 'expire'>;
  /** When the runtime last answered a keep-alive of a socket. */
  readonly lastPing: (socket: WebSocket) => Date | null;
  readonly clock: Clock;
};

/**
 * Closes overdue connections, ends overdue streams, and removes old answers, events and shortcuts, on
 * the alarm of the object.
 *
 * The times in memory only save writes: after hibernation the alarm is set again.
 */
export class Sweeper {
  readonly #needs: SweeperNeeds;
  readonly #timers: Timers<TimerName>;
  #sweepAt: Millis | undefined;
  #pruneAt: Millis | undefined;
  #streamsAt: Millis | undefined;
  #slowClientsAt: Millis | undefined;

  constructor(needs: SweeperNeeds) {
    this.#needs = needs;
    this.#timers = new Timers<TimerName>(needs.storage, needs.clock, {
      connections: (now) => this.#sweepConnections(now),
      answers: (now) => this.#pruneAnswers(now),
      streams: (now) => this.#sweepStreams(now),
      laggards: (now) => this.#sweepSlowClients(now),
      shortcuts: (now) => needs.shortcuts.expire(now),
    });
  }

  /** Sets the alarm for the deadline of a new or reauthenticated connection. */
  async watch(connection: Connection): Promise<void> {
    const deadline = this.#deadlineOf(connection);
    if (this.#sweepAt === undefined || deadline < this.#sweepAt) await this.#scheduleSweep();
  }

  /** Sets the alarm after an answer was recorded. */
  async watchAnswers(): Promise<void> {
    if (this.#pruneAt !== undefined) return;
    this.#pruneAt = this.#needs.clock() + ANSWER_SWEEP;
    await this.#timers.set('answers', this.#pruneAt);
  }

  /** Sets the alarm after an event was logged or a connection was lost. */
  async watchStreams(): Promise<void> {
    // A later event or loss is overdue later, so an alarm that is set is early enough.
    if (this.#streamsAt === undefined) await this.#scheduleStreams();
  }

  /** Sets the alarm for the expiry of a shortcut. */
  async watchShortcuts(at: Millis): Promise<void> {
    await this.#timers.set('shortcuts', at);
  }

  /** Sets the alarm after a client has fallen behind. */
  async watchSlowClients(): Promise<void> {
    if (this.#slowClientsAt !== undefined) return;
    await this.#scheduleSlowClients(this.#needs.clock() + BEHIND_LIMIT);
  }

  /** Does what is due. Call it from the object's `alarm()`. */
  async fire(): Promise<void> {
    await this.#timers.fire();
  }

  async #sweepConnections(now: Millis): Promise<void> {
    const { connections, closer, lastPing } = this.#needs;
    for (const connection of connections.all()) {
      const reason = overdue(connection.liveness(lastPing), now);
      if (reason !== undefined) await closer.interrupt(connection, reason);
    }
    await this.#scheduleSweep();
    // If the process was killed, this finds the streams without a connection.
    await this.watchStreams();
  }

  async #sweepStreams(now: Millis): Promise<void> {
    const { streams, entries } = this.#needs;
    for (const ended of streams.endOverdue(now)) entries.remove(ended);
    streams.prune(now);
    await this.#scheduleStreams();
  }

  async #sweepSlowClients(now: Millis): Promise<void> {
    await this.#scheduleSlowClients(await this.#needs.slowClients.sweep(now));
  }

  async #scheduleSlowClients(at: Millis | undefined): Promise<void> {
    this.#slowClientsAt = at;
    if (at !== undefined) await this.#timers.set('laggards', at);
  }

  async #scheduleStreams(): Promise<void> {
    this.#streamsAt = this.#needs.streams.nextSweep();
    if (this.#streamsAt !== undefined) await this.#timers.set('streams', this.#streamsAt);
  }

  async #scheduleSweep(): Promise<void> {
    const { connections, clock } = this.#needs;
    const deadlines = connections.all().map((connection) => this.#deadlineOf(connection));
    // Not `Math.min(...deadlines)`: a hub has more connections than a call may have arguments.
    const earliest = deadlines.reduce((a, b) => Math.min(a, b), Infinity);
    this.#sweepAt = earliest === Infinity ? undefined : Math.max(earliest, clock() + SWEEP_SPACING);
    if (this.#sweepAt !== undefined) await this.#timers.set('connections', this.#sweepAt);
  }

  async #pruneAnswers(now: Millis): Promise<void> {
    this.#needs.answers.removeExpired(now);
    this.#pruneAt = this.#needs.answers.nextExpiry();
    if (this.#pruneAt !== undefined) await this.#timers.set('answers', this.#pruneAt);
  }

  #deadlineOf(connection: Connection): Millis {
    return deadlineOf(connection.liveness(this.#needs.lastPing));
  }
}
