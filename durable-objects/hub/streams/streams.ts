import type { Clock, Millis } from '../../../shared/clock.ts';
import { namesOfUser, type SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { deliverEvent, type EventRecipient, type OutboundEvent } from '../connections/outbox.ts';
import type { LogStore } from './log-store.ts';
import { planReplay, type Replay } from './replay.ts';
import { FIRST_SEQUENCE, loggedEventsOf, type Stream, targetsOf, withPrincipal } from './stream.ts';
import type { StreamStore } from './stream-store.ts';
import { type LiveStream, type PruneStores, prune, type StreamTable } from './stream-table.ts';

export type StreamsNeeds = {
  readonly table: () => StreamTable;
  readonly stores: PruneStores & {
    readonly streams: Pick<StreamStore, 'put' | 'lose' | 'remove'>;
    readonly log: Pick<LogStore, 'read' | 'latestKeys' | 'lastAt' | 'oldestAt'>;
  };
  readonly transact: (write: () => void) => void;
  /** How long a stream waits for its client to come back, and an event is logged. */
  readonly window: Millis;
  readonly clock: Clock;
};

/** A new connection and the members of the stream that it takes. */
export type StreamConnection = Pick<
  Stream,
  'principal' | 'epoch' | 'saltId' | 'peerGuid' | 'tokenHash'
> & {
  readonly connection: EventRecipient;
};

/** The streams of a hub. Every change is stored before it shows in memory. */
export class Streams {
  readonly #needs: StreamsNeeds;

  constructor(needs: StreamsNeeds) {
    this.#needs = needs;
  }

  find(sessionId: string): Stream | undefined {
    return this.#table.streams.get(sessionId)?.stream;
  }

  /** @param name The account, or a `sub` of it. */
  ofUser(name: string): readonly Stream[] {
    return [...this.#table.streams.values()]
      .map(({ stream }) => stream)
      .filter(({ principal }) => namesOfUser(principal).includes(name));
  }

  /** The stream of a session with its position and its connection. */
  findLive(sessionId: string): Omit<LiveStream, 'targets'> | undefined {
    return this.#table.streams.get(sessionId);
  }

  /** The sequence of the last event that the session was sent, or would have been. */
  positionOf(sessionId: string): number {
    const live = this.#table.streams.get(sessionId);
    return live?.connection?.state.behind?.after ?? live?.position ?? FIRST_SEQUENCE;
  }

  /** Begins a stream in place of the session's former one. */
  begin({ connection, ...members }: StreamConnection): void {
    const firstLog = this.#table.lastLog;
    const stream: Stream = {
      ...members,
      formerRoles: [],
      firstLog,
      checkpoint: { log: firstLog, sequence: FIRST_SEQUENCE },
      connectionId: connection.state.connectionId,
      previousTokenHash: null,
      lost: null,
    };
    this.#put({ stream, position: FIRST_SEQUENCE, connection });
  }

  /**
   * Gives a stream a new connection.
   *
   * @param from The last sequence that the client received, at most the stream's position.
   * @param used The hash of the reconnection token that the client showed, if it did. It stays valid
   *   as the one before the newest.
   * @returns The events to send before any other.
   */
  resume({ connection, ...members }: StreamConnection, from: number, used?: string): Replay {
    const live = this.#require(members.principal.sessionId);
    const { stream, position } = live;
    const next: Stream = {
      ...this.#withPrincipal(live, members.principal),
      ...members,
      connectionId: connection.state.connectionId,
      previousTokenHash: used ?? stream.tokenHash,
      lost: null,
    };
    this.#put({ stream: next, position, connection });
    const { log } = this.#table;
    return planReplay(position, loggedEventsOf(next, log), Math.max(from, FIRST_SEQUENCE), log);
  }

  /** Sends the events of a replay. */
  sendReplay(connection: EventRecipient, { events, sequence }: Replay): void {
    for (const [index, event] of this.#needs.stores.log.read(events).entries()) {
      deliverEvent(connection, event, sequence + index);
    }
  }

  /** Plans a replay of what a session was sent after a sequence. */
  missed(sessionId: string, after: number): Replay {
    const { stream, position } = this.#require(sessionId);
    const { log } = this.#table;
    return planReplay(position, loggedEventsOf(stream, log), after, log);
  }

  /** The latest keys of logged events, by id. Events without a key are left out. */
  latestKeys(events: readonly number[]): ReadonlyMap<number, string> {
    return this.#needs.stores.log.latestKeys(events);
  }

  /** The logged events of these ids, in the order of the log. */
  read(events: readonly number[]): readonly OutboundEvent[] {
    return this.#needs.stores.log.read(events);
  }

  /** Puts a session's stream under another principal, perhaps with other roles. */
  changePrincipal(principal: SessionPrincipal): void {
    const live = this.#table.streams.get(principal.sessionId);
    if (live === undefined || live.stream.principal === principal) return;
    this.#put({ ...live, stream: this.#withPrincipal(live, principal) });
  }

  /** Replaces the reconnection token. The one before it stays valid until the next replacement. */
  rotateToken(sessionId: string, tokenHash: string): void {
    const live = this.#require(sessionId);
    const { stream } = live;
    this.#put({ ...live, stream: { ...stream, tokenHash, previousTokenHash: stream.tokenHash } });
  }

  /**
   * Records that a connection is lost. Returns until when its stream waits for another one.
   * `undefined` if the connection belongs to no stream.
   */
  lose({ sessionId, connectionId }: ConnectionName): Millis | undefined {
    const live = this.#table.streams.get(sessionId);
    if (live?.stream.connectionId !== connectionId) return undefined;
    const at = live.stream.lost?.at ?? this.#needs.clock();
    if (live.stream.lost === null) this.#lose(live, at);
    return at + this.#needs.window;
  }

  /** Ends the stream of this connection. Does nothing if the stream has another connection. */
  end({ sessionId, connectionId }: ConnectionName): void {
    if (this.find(sessionId)?.connectionId === connectionId) this.#remove(sessionId);
  }

  /** Ends the streams that match, and returns them. */
  endWhere(matches: (stream: Stream) => boolean): readonly Stream[] {
    const ended = [...this.#table.streams.values()]
      .map(({ stream }) => stream)
      .filter((stream) => matches(stream));
    for (const { principal } of ended) this.#remove(principal.sessionId);
    return ended;
  }

  /** Ends the streams that waited for longer than the window, and returns them. */
  endOverdue(now: Millis): readonly Stream[] {
    const { window } = this.#needs;
    return this.endWhere(({ lost }) => lost !== null && lost.at + window <= now);
  }

  /** Removes the events that are older than the window. */
  prune(now: Millis): void {
    const { stores, transact, window } = this.#needs;
    const until = stores.log.lastAt(now - window);
    if (until > 0) transact(() => prune(this.#table, stores, until));
  }

  /** When a stream or an event is next overdue. `undefined` if there is none to wait for. */
  nextSweep(): Millis | undefined {
    const { stores, window } = this.#needs;
    // Two windows: each removal costs a write per stream, so many events are removed at once.
    let next = (stores.log.oldestAt() ?? Infinity) + 2 * window;
    for (const { stream } of this.#table.streams.values()) {
      if (stream.lost !== null) next = Math.min(next, stream.lost.at + window);
    }
    return next === Infinity ? undefined : next;
  }

  get #table(): StreamTable {
    return this.#needs.table();
  }

  #put(live: Omit<LiveStream, 'targets'>): void {
    const { principal } = live.stream;
    this.#needs.stores.streams.put(live.stream);
    this.#table.streams.set(principal.sessionId, { ...live, targets: targetsOf(principal) });
  }

  #lose(live: LiveStream, at: Millis): void {
    const { sessionId } = live.stream.principal;
    // Events that were withheld because the client was behind are missed as well.
    const sequence = live.connection?.state.behind?.after ?? live.position;
    this.#needs.stores.streams.lose(new Map([[sessionId, sequence]]), at);
    live.stream = { ...live.stream, lost: { at, sequence } };
    live.connection = undefined;
  }

  #remove(sessionId: string): void {
    this.#needs.stores.streams.remove(sessionId);
    this.#table.streams.delete(sessionId);
  }

  #withPrincipal({ stream, position }: LiveStream, principal: SessionPrincipal): Stream {
    return withPrincipal(stream, principal, { log: this.#table.lastLog, sequence: position });
  }

  #require(sessionId: string): LiveStream {
    const live = this.#table.streams.get(sessionId);
    if (live === undefined) throw new TypeError('Cannot resume: the session has no stream');
    return live;
  }
}

type ConnectionName = { readonly sessionId: string; readonly connectionId: string };
