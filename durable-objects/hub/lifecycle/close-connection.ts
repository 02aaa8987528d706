import type { Clock, Millis } from '../../../shared/clock.ts';
import type { SessionEndReason } from '../../../shared/contracts/connect/connect-rpc.ts';
import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { NewToken } from '../../../shared/tokens/reconnection-token.ts';
import type { Connection } from '../connections/connection.ts';
import { controlEvent, type SendControlEvent } from '../connections/control-events.ts';
import type { Streams } from '../streams/streams.ts';
import type { DirectoryEntries } from './directory-entries.ts';

export type ConnectionCloserDeps = {
  readonly streams: Pick<Streams, 'lose' | 'end' | 'rotate'>;
  readonly entries: DirectoryEntries;
  readonly tell: SendControlEvent;
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
export class ConnectionCloser {
  readonly #deps: ConnectionCloserDeps;

  constructor(deps: ConnectionCloserDeps) {
    this.#deps = deps;
  }

  /** Ends a connection and its stream: tells the client why, then closes. */
  end(connection: Connection, ending: EndReason): void {
    const { code, reason, message } = CLOSE_REASONS[ending];
    this.#deps.tell(connection, this.#notification({ reason, message }));
    connection.close(code, reason);
    this.#end(connection);
  }

  /** Closes a connection whose client may come back: tells it why, and how to go on. */
  async interrupt(
    connection: Connection,
    interruption: InterruptReason,
    retryAfterMs = 0,
  ): Promise<void> {
    const { streams, tell, newToken, window, clock } = this.#deps;
    const { code, reason, message } = CLOSE_REASONS[interruption];
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

/** Why the hub ends a connection, and its stream, for good. */
type EndReason = SessionEndReason | 'superseded';

/** Why the hub closes a connection whose client may come back and go on. */
type InterruptReason = 'token_expired' | 'idle' | 'too_slow' | 'rate_limited' | 'server_shutdown';

type CloseReason = { readonly code: CloseCode; readonly reason: string; readonly message: string };

/** How each is told: in a `connect.disconnect-notification`, then in the Close frame. */
const CLOSE_REASONS: Readonly<Record<EndReason | InterruptReason, CloseReason>> = {
  session_revoked: {
    code: CloseCode.unauthorized,
    reason: 'session_revoked',
    message: 'The session has been ended',
  },
  session_expired: {
    code: CloseCode.unauthorized,
    reason: 'session_expired',
    message: 'The session has expired',
  },
  kicked: {
    code: CloseCode.kicked,
    reason: 'kicked',
    message: 'The connection was closed by an administrator',
  },
  superseded: {
    code: CloseCode.superseded,
    reason: 'superseded',
    message: 'The session connected again',
  },
  token_expired: {
    code: CloseCode.unauthorized,
    // To a client they are the same: it needs a new access token.
    reason: 'session_expired',
    message: 'The access token has expired',
  },
  idle: {
    code: CloseCode.idle,
    reason: 'idle',
    message: 'Nothing was heard of the client for too long',
  },
  too_slow: {
    code: CloseCode.tooSlow,
    reason: 'too_slow',
    message: 'The client does not take what it is sent',
  },
  rate_limited: {
    code: CloseCode.rateLimited,
    reason: 'rate_limited',
    message: 'The client goes on sending more messages than it may',
  },
  server_shutdown: {
    code: CloseCode.restart,
    reason: 'server_shutdown',
    message: 'The hub is restarting',
  },
};
