import type { Clock, Millis } from '../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { deliverEvent, type EventRecipient, type OutboundEvent } from '../connections/outbox.ts';
import type { LogStore } from './log-store.ts';
import { planReplay, type Replay } from './replay.ts';
import { FIRST_SEQUENCE, keptOf, renewed, type Stream, targetsOf } from './stream.ts';
import type { StreamStore } from './stream-store.ts';
import { type LiveStream, prune, type StreamTable } from './stream-table.ts';

export type StreamsDeps = {
  readonly table: () => StreamTable;
  readonly stores: { readonly streams: StreamStore; readonly log: LogStore };
  readonly transact: (write: () => void) => void;
  /** How long a stream waits for its client to come back, and an event for every client. */
  readonly window: Millis;
  readonly clock: Clock;
};

/** What a new connection says of its stream. */
export type Attendance = Pick<
  Stream,
  'principal' | 'epoch' | 'saltId' | 'peerGuid' | 'tokenHash'
> & {
  readonly connection: EventRecipient;
};

/** The streams of a hub. Every change is written before it is seen. */
export class Streams {
  readonly #deps: StreamsDeps;

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
  }

  find(sessionId: string): Stream | undefined {
    return this.#table.streams.get(sessionId)?.stream;
  }

  ofUser(subject: string): readonly Stream[] {
    return [...this.#table.streams.values()]
      .map(({ stream }) => stream)
      .filter(({ principal }) => principal.subject === subject);
  }

  /** The stream of a session, and the sequence of its last event. */
  standing(sessionId: string): Omit<LiveStream, 'targets'> | undefined {
    return this.#table.streams.get(sessionId);
  }

  /** The sequence of the last event that the session was sent, or would have been. */
  positionOf(sessionId: string): number {
    const live = this.#table.streams.get(sessionId);
    return live?.connection?.state.behind?.after ?? live?.position ?? FIRST_SEQUENCE;
  }

  /** Begins a stream, in place of the one that the session had. */
  begin({ connection, ...attendance }: Attendance): void {
    const firstLog = this.#table.lastLog;
    const stream: Stream = {
      ...attendance,
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
   * Goes on with a stream on a new connection.
   *
   * @param from The last sequence that the client knows; at most the stream's position.
   * @param used The hash of the token that it came with, if it did: that one stays good.
   * @returns What is to be repeated before anything else is sent.
   */
  resume({ connection, ...attendance }: Attendance, from: number, used?: string): Replay {
    const live = this.#require(attendance.principal.sessionId);
    const { stream, position } = live;
    const next: Stream = {
      ...this.#renewed(live, attendance.principal),
      ...attendance,
      connectionId: connection.state.connectionId,
      previousTokenHash: used ?? stream.tokenHash,
      lost: null,
    };
    this.#put({ stream: next, position, connection });
    const { log } = this.#table;
    return planReplay(position, keptOf(next, log), Math.max(from, FIRST_SEQUENCE), log);
  }

  /** Sends the events that a client missed. */
  repeat(connection: EventRecipient, { events, sequence }: Replay): void {
    for (const [index, event] of this.#deps.stores.log.read(events).entries()) {
      deliverEvent(connection, event, sequence + index);
    }
  }

  /** What a session was told after a sequence. */
  missed(sessionId: string, after: number): Replay {
    const { stream, position } = this.#require(sessionId);
    const { log } = this.#table;
    return planReplay(position, keptOf(stream, log), after, log);
  }

  /** The latest keys of those of these events that have one. */
  latestKeys(events: readonly number[]): ReadonlyMap<number, string> {
    return this.#deps.stores.log.latestKeys(events);
  }

  /** The events of these numbers, in the order of the log. */
  read(events: readonly number[]): readonly OutboundEvent[] {
    return this.#deps.stores.log.read(events);
  }

  /** The session goes on under another principal, perhaps with other roles. */
  renew(principal: SessionPrincipal): void {
    const live = this.#table.streams.get(principal.sessionId);
    if (live === undefined || live.stream.principal === principal) return;
    this.#put({ ...live, stream: this.#renewed(live, principal) });
  }

  /** Replaces the reconnection token. The one before it stays good for one more time. */
  rotate(sessionId: string, tokenHash: string): void {
    const live = this.#require(sessionId);
    const { stream } = live;
    this.#put({ ...live, stream: { ...stream, tokenHash, previousTokenHash: stream.tokenHash } });
  }

  /**
   * The connection is gone. Returns until when its stream waits for another one; `undefined` if it
   * is not the connection of any.
   */
  lose({ sessionId, connectionId }: ConnectionName): Millis | undefined {
    const live = this.#table.streams.get(sessionId);
    if (live?.stream.connectionId !== connectionId) return undefined;
    const at = live.stream.lost?.at ?? this.#deps.clock();
    if (live.stream.lost === null) this.#lose(live, at);
    return at + this.#deps.window;
  }

  /** Drops the stream if this is its connection. */
  end({ sessionId, connectionId }: ConnectionName): void {
    if (this.find(sessionId)?.connectionId === connectionId) this.#remove(sessionId);
  }

  /** Drops streams, and returns them. */
  endWhere(matches: (stream: Stream) => boolean): readonly Stream[] {
    const ended = [...this.#table.streams.values()]
      .map(({ stream }) => stream)
      .filter((stream) => matches(stream));
    for (const { principal } of ended) this.#remove(principal.sessionId);
    return ended;
  }

  /** Drops the streams that have waited too long. */
  endOverdue(now: Millis): readonly Stream[] {
    const { window } = this.#deps;
    return this.endWhere(({ lost }) => lost !== null && lost.at + window <= now);
  }

  /** Removes the events whose time is up. */
  prune(now: Millis): void {
    const { stores, transact, window } = this.#deps;
    const until = stores.log.lastAt(now - window);
    if (until > 0) transact(() => prune(this.#table, stores, until));
  }

  /** When a stream or an event has its time. `undefined` while there is nothing that waits. */
  nextSweep(): Millis | undefined {
    const { stores, window } = this.#deps;
    // Events go many at once: a removal costs a write for every stream that counted them.
    let next = (stores.log.oldestAt() ?? Infinity) + 2 * window;
    for (const { stream } of this.#table.streams.values()) {
      if (stream.lost !== null) next = Math.min(next, stream.lost.at + window);
    }
    return next === Infinity ? undefined : next;
  }

  get #table(): StreamTable {
    return this.#deps.table();
  }

  #put(live: Omit<LiveStream, 'targets'>): void {
    const { principal } = live.stream;
    this.#deps.stores.streams.put(live.stream);
    this.#table.streams.set(principal.sessionId, { ...live, targets: targetsOf(principal) });
  }

  #lose(live: LiveStream, at: Millis): void {
    const { sessionId } = live.stream.principal;
    // What it was not sent, it has missed as well.
    const sequence = live.connection?.state.behind?.after ?? live.position;
    this.#deps.stores.streams.lose(new Map([[sessionId, sequence]]), at);
    live.stream = { ...live.stream, lost: { at, sequence } };
    live.connection = undefined;
  }

  #remove(sessionId: string): void {
    this.#deps.stores.streams.remove(sessionId);
    this.#table.streams.delete(sessionId);
  }

  #renewed({ stream, position }: LiveStream, principal: SessionPrincipal): Stream {
    return renewed(stream, principal, { log: this.#table.lastLog, sequence: position });
  }

  #require(sessionId: string): LiveStream {
    const live = this.#table.streams.get(sessionId);
    if (live === undefined) throw new TypeError('Cannot go on: the session has no stream');
    return live;
  }
}

type ConnectionName = { readonly sessionId: string; readonly connectionId: string };
