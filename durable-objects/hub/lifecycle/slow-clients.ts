/**
 * Sends a slow client what it missed, or closes its connection: rules [H58]–[H60].
 *
 * @module
 */

import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import { controlEvent, sendEventAt } from '../connections/control-events.ts';
import { deliverEvent } from '../connections/outbox.ts';
import { type NumberedEvent, type Replay, withoutSuperseded } from '../streams/replay.ts';
import type { Streams } from '../streams/streams.ts';
import type { ConnectionCloser } from './close-connection.ts';

/** How long a client may be behind. */
export const BEHIND_LIMIT = seconds(10);

/** Events that are read from the log together. There may be no room for all of them. */
const READ_BATCH = 32;

export type SlowClientsNeeds = {
  readonly connections: Pick<Connections, 'all'>;
  readonly streams: Pick<Streams, 'missed' | 'latestKeys' | 'read' | 'positionOf'>;
  readonly closer: Pick<ConnectionCloser, 'interrupt'>;
  /** When the runtime last answered a keep-alive of a socket. */
  readonly lastPing: (socket: WebSocket) => Date | null;
  readonly clock: Clock;
};

export class SlowClients {
  readonly #needs: SlowClientsNeeds;

  constructor(needs: SlowClientsNeeds) {
    this.#needs = needs;
  }

  /**
   * Sends a client that is behind the events it missed, as far as there is room. Events that a later
   * one of their key replaces are left out; events that the log no longer has are named by
   * `connect.gap`.
   */
  catchUp(connection: Connection): void {
    const { behind, principal } = connection.state;
    if (behind === null || !connection.hasRoom) return;
    const { streams } = this.#needs;
    const held = connection.catchUp();
    const missed = streams.missed(principal.sessionId, behind.after);
    this.#sendGap(connection, missed);
    this.#sendLogged(connection, withoutSuperseded(missed, streams.latestKeys(missed.events)));
    for (const event of held) {
      deliverEvent(connection, event, streams.positionOf(principal.sessionId), 'ephemeral');
    }
  }

  /** Closes connections that have been behind for too long. Returns when to call it again, if at all. */
  async sweep(now: Millis): Promise<Millis | undefined> {
    let next: Millis | undefined;
    for (const connection of this.#needs.connections.all()) {
      const due = await this.#sweepOne(connection, now);
      if (due !== undefined) next = Math.min(next ?? due, due);
    }
    return next;
  }

  async #sweepOne(connection: Connection, now: Millis): Promise<Millis | undefined> {
    this.#noticeKeepAlive(connection);
    const { behind } = connection.state;
    if (behind === null) return undefined;
    const due = behind.since + BEHIND_LIMIT;
    if (now < due) return due;
    await this.#needs.closer.interrupt(connection, 'too_slow');
    return undefined;
  }

  /** The runtime answers keep-alives without waking the object, so they are noticed here. */
  #noticeKeepAlive(connection: Connection): void {
    const { behind } = connection.state;
    if (behind === null) return;
    if (connection.liveness(this.#needs.lastPing).heardAt <= behind.since) return;
    connection.heardKeepAlive();
    this.catchUp(connection);
  }

  #sendGap(connection: Connection, { gap, from }: Replay): void {
    if (gap === undefined) return;
    sendEventAt(connection, controlEvent('connect.gap', gap, this.#needs.clock()), from);
  }

  #sendLogged(connection: Connection, events: readonly NumberedEvent[]): void {
    for (let at = 0; at < events.length && connection.state.behind === null; at += READ_BATCH) {
      const batch = events.slice(at, at + READ_BATCH);
      const read = this.#needs.streams.read(batch.map(({ id }) => id));
      for (const [index, { sequence }] of batch.entries()) {
        const event = read[index];
        if (event !== undefined) deliverEvent(connection, event, sequence);
      }
    }
  }
}
