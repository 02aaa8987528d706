import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import { eventBytes } from '../../../shared/hub-protocol/event.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import { controlEvent, newMessageId } from '../connections/control-events.ts';
import { deliverEvent } from '../connections/outbox.ts';
import { type Numbered, type Replay, withoutSuperseded } from '../streams/replay.ts';
import type { Streams } from '../streams/streams.ts';
import type { ConnectionCloser } from './close-connection.ts';

/** How long a client may be behind. */
export const PATIENCE = seconds(10);

export type SlowClientsDeps = {
  readonly connections: Pick<Connections, 'all'>;
  readonly catchUp: CatchUp;
  readonly farewell: Pick<ConnectionCloser, 'interrupt'>;
  /** When the runtime last answered a keep-alive of the socket. */
  readonly lastPing: (socket: WebSocket) => Date | null;
  readonly clock: Clock;
};

/** Clients that do not take what they are sent. */
export class SlowClients {
  readonly #deps: SlowClientsDeps;

  constructor(deps: SlowClientsDeps) {
    this.#deps = deps;
  }

  /** Lets go those that have been behind for too long. Returns when to look again, if at all. */
  async sweep(now: Millis): Promise<Millis | undefined> {
    let next: Millis | undefined;
    for (const connection of this.#deps.connections.all()) {
      const due = await this.#judge(connection, now);
      if (due !== undefined) next = Math.min(next ?? due, due);
    }
    return next;
  }

  async #judge(connection: Connection, now: Millis): Promise<Millis | undefined> {
    this.#notice(connection);
    const { behind } = connection.state;
    if (behind === null) return undefined;
    const due = behind.since + PATIENCE;
    if (now < due) return due;
    await this.#deps.farewell.interrupt(connection, 'too_slow');
    return undefined;
  }

  /** The runtime answers keep-alives without us, so nobody has noticed yet that there were some. */
  #notice(connection: Connection): void {
    const { catchUp, lastPing } = this.#deps;
    const { behind } = connection.state;
    if (behind === null || connection.liveness(lastPing).heardAt <= behind.since) return;
    connection.heardOf();
    catchUp.go(connection);
  }
}

export type CatchUpDeps = {
  readonly streams: Pick<Streams, 'missed' | 'latestKeys' | 'read' | 'positionOf'>;
  readonly clock: Clock;
};

/** Events that are read at once, before it is known whether there is room for them. */
const READ_AT_ONCE = 32;

/** Sends clients what they were not sent while they took nothing. */
export class CatchUp {
  readonly #deps: CatchUpDeps;

  constructor(deps: CatchUpDeps) {
    this.#deps = deps;
  }

  /**
   * Sends as much as there is room for. Events that a later one of their key replaces are left out;
   * what the log no longer has is named by `connect.gap`.
   */
  go(connection: Connection): void {
    const { behind, principal } = connection.state;
    if (behind === null || !connection.hasRoom) return;
    const { streams } = this.#deps;
    const held = connection.catchUp();
    const missed = streams.missed(principal.sessionId, behind.after);
    this.#tellGap(connection, missed);
    this.#repeat(connection, withoutSuperseded(missed, streams.latestKeys(missed.events)));
    for (const event of held) {
      deliverEvent(connection, event, streams.positionOf(principal.sessionId), 'passing');
    }
  }

  #tellGap(connection: Connection, { gap, from }: Replay): void {
    if (gap === undefined) return;
    const event = controlEvent('connect.gap', gap, this.#deps.clock());
    connection.send(eventBytes(event, from, newMessageId()));
  }

  #repeat(connection: Connection, events: readonly Numbered[]): void {
    for (let at = 0; at < events.length && connection.state.behind === null; at += READ_AT_ONCE) {
      const some = events.slice(at, at + READ_AT_ONCE);
      const read = this.#deps.streams.read(some.map(({ id }) => id));
      for (const [index, { sequence }] of some.entries()) {
        const event = read[index];
        if (event !== undefined) deliverEvent(connection, event, sequence);
      }
    }
  }
}
