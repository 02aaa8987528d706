import type { Clock } from '../../../shared/clock.ts';
import { eventBytes } from '../../../shared/hub-protocol/event.ts';
import type { Connection } from '../connections/connection.ts';
import { newMessageId } from '../connections/message-id.ts';
import { deliver } from '../streams/deliver.ts';
import type { Replay } from '../streams/replay.ts';
import type { Streams } from '../streams/streams.ts';
import { controlEvent } from '../streams/tell.ts';
import { type Numbered, withoutSuperseded } from './superseded.ts';

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
      deliver(connection, event, streams.positionOf(principal.sessionId), 'passing');
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
        if (event !== undefined) deliver(connection, event, sequence);
      }
    }
  }
}
