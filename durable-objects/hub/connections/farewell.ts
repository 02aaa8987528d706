import type { Clock, Millis } from '../../../shared/clock.ts';
import type { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { NewToken } from '../../../shared/tokens/reconnection-token.ts';
import type { Streams } from '../streams/streams.ts';
import { controlEvent, type Tell } from '../streams/tell.ts';
import type { Connection } from './connection.ts';
import { ENDINGS, type Ending, type Interruption } from './endings.ts';
import type { Entries } from './entries.ts';

export type FarewellDeps = {
  readonly streams: Pick<Streams, 'lose' | 'end' | 'rotate'>;
  readonly entries: Entries;
  readonly tell: Tell;
  readonly newToken: (sessionId: string) => Promise<NewToken>;
  /** Drops what the hub holds for a connection besides its socket and its stream. */
  readonly forget: (connection: Connection) => void;
  /** A stream waits for its client. */
  readonly onLost: () => void;
  /** How long it waits. */
  readonly window: Millis;
  readonly clock: Clock;
};

/**
 * Sees connections off. After it, nothing of a connection is left here or in the directory but, for
 * a while, its stream.
 */
export class Farewell {
  readonly #deps: FarewellDeps;

  constructor(deps: FarewellDeps) {
    this.#deps = deps;
  }

  /** Ends a connection and its stream: tells the client why, then closes. */
  end(connection: Connection, ending: Ending): void {
    const { code, reason, message } = ENDINGS[ending];
    this.#deps.tell(connection, this.#notification({ reason, message }));
    connection.close(code, reason);
    this.#end(connection);
  }

  /** Closes a connection whose client may come back: tells it why, and how to go on. */
  async interrupt(
    connection: Connection,
    interruption: Interruption,
    retryAfterMs = 0,
  ): Promise<void> {
    const { streams, tell, newToken, window, clock } = this.#deps;
    const { code, reason, message } = ENDINGS[interruption];
    const { sessionId } = connection.state.principal;
    const { token: reconnectionToken, hash } = await newToken(sessionId);
    // It may have ended in the meantime, and its session have another one.
    if (!connection.isOpen) return;
    streams.rotate(sessionId, hash);
    const reconnectUntil = new Date(clock() + window).toISOString();
    const how = { reconnectionToken, reconnectUntil, retryAfterMs };
    tell(connection, this.#notification({ reason, message, ...how }));
    this.close(connection, code, reason);
  }

  /** Closes without a word. The stream waits. */
  close(connection: Connection, code: CloseCode, reason: string): void {
    connection.close(code, reason);
    this.#lose(connection);
  }

  /** The socket broke, or the client closed it. Does nothing where the hub had closed it. */
  lost(connection: Connection): void {
    if (connection.state.closed) return;
    connection.lost();
    this.#lose(connection);
  }

  #end(connection: Connection): void {
    const { streams, entries, forget } = this.#deps;
    const { connectionId, principal } = connection.state;
    streams.end({ sessionId: principal.sessionId, connectionId });
    forget(connection);
    entries.remove({ connectionId, principal });
  }

  #lose(connection: Connection): void {
    const { streams, entries, forget, onLost } = this.#deps;
    const { connectionId, principal } = connection.state;
    const until = streams.lose({ sessionId: principal.sessionId, connectionId });
    forget(connection);
    if (until === undefined) return entries.remove({ connectionId, principal });
    entries.extend({ connectionId, principal }, until);
    onLost();
  }

  #notification(members: Readonly<Record<string, unknown>>) {
    return controlEvent('connect.disconnect-notification', members, this.#deps.clock());
  }
}
