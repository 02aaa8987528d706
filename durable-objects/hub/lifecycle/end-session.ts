/**
 * Where sockets are closed when their session ends or connects again: rules [H37] and [H38].
 *
 * @module
 */

import type {
  Registered,
  SessionEndReason,
} from '../../../shared/contracts/connect/connect-rpc.ts';
import type { HubEndingRpc } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { Connections } from '../connections/connections.ts';
import type { Stream } from '../streams/stream.ts';
import type { Streams } from '../streams/streams.ts';
import type { ConnectionCloser } from './close-connection.ts';
import type { DirectoryEntries } from './directory-entries.ts';
import type { PendingOpenings } from './open-connection.ts';

export type SessionEnderNeeds = {
  /** The name of this hub. */
  readonly hub: string;
  readonly openings: Pick<PendingOpenings, 'endSession' | 'supersede'>;
  readonly connections: Pick<Connections, 'ofSession' | 'byId'>;
  readonly closer: Pick<ConnectionCloser, 'end'>;
  readonly streams: Pick<Streams, 'endWhere'>;
  readonly entries: Pick<DirectoryEntries, 'remove'>;
  readonly hubAt: (name: string) => Pick<HubEndingRpc, 'supersede'>;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly log: Log;
};

export class SessionEnder {
  readonly #needs: SessionEnderNeeds;

  constructor(needs: SessionEnderNeeds) {
    this.#needs = needs;
  }

  /**
   * Closes the connections of these sessions, also those that are opening, and ends their streams.
   * Idempotent. Returns how many connections were open.
   */
  endSessions(sessionIds: readonly string[], reason: SessionEndReason): number {
    const { openings, connections, closer } = this.#needs;
    for (const sessionId of sessionIds) openings.endSession(sessionId);
    const ended = sessionIds.flatMap((sessionId) => connections.ofSession(sessionId));
    for (const connection of ended) closer.end(connection, reason);
    const sessions = new Set(sessionIds);
    this.#endStreams(({ principal }) => sessions.has(principal.sessionId));
    return ended.length;
  }

  /** Closes one connection because its session connected again. Returns whether it was here. */
  supersede(connectionId: string): boolean {
    const { openings, connections, closer } = this.#needs;
    const isOpening = openings.supersede(connectionId);
    const older = connections.byId(connectionId);
    if (older !== undefined) closer.end(older, 'superseded');
    this.#endStreams((stream) => stream.connectionId === connectionId);
    return isOpening || older !== undefined;
  }

  /** Closes the older connections of a session in the background, here and at other hubs. */
  supersedeAll(older: Registered['superseded']): void {
    for (const { shard: hub, connectionId } of older) {
      this.#needs.waitUntil(this.#supersedeAt(hub, connectionId));
    }
  }

  async #supersedeAt(hub: string, connectionId: string): Promise<void> {
    if (hub === this.#needs.hub) return void this.supersede(connectionId);
    try {
      await this.#needs.hubAt(hub).supersede(connectionId);
    } catch (error) {
      this.#needs.log({ event: 'hub.supersede_failed', level: 'error', error: String(error) });
    }
  }

  #endStreams(matches: (stream: Stream) => boolean): void {
    const { streams, entries } = this.#needs;
    for (const ended of streams.endWhere(matches)) entries.remove(ended);
  }
}
