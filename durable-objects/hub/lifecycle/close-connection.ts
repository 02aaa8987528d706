/**
 * How a connection is closed, and why: rules [H37]–[H44].
 *
 * @module
 */

import type { Clock, Millis } from '../../../shared/clock.ts';
import type { SessionEndReason } from '../../../shared/contracts/connect/connect-rpc.ts';
import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';
import { newReconnectionToken } from '../../../shared/tokens/reconnection-token.ts';
import type { SessionEndpoints } from '../catalogue/session-endpoints.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import { controlEvent, type SendControlEvent } from '../connections/control-events.ts';
import type { SessionRates } from '../frames/rates.ts';
import type { Questions } from '../messaging/questions.ts';
import type { Streams } from '../streams/streams.ts';
import type { DirectoryEntries } from './directory-entries.ts';
import type { QueueSeats } from './queue-seats.ts';

/** Why the hub closes a connection and ends its stream. */
export type EndReason = SessionEndReason | 'superseded';

/** Why the hub closes a connection whose client may come back to its stream. */
export type InterruptReason =
  | 'token_expired'
  | 'idle'
  | 'too_slow'
  | 'rate_limited'
  | 'server_shutdown';

export type ConnectionCloserNeeds = {
  /** The name of this hub. */
  readonly hub: string;
  readonly salts: Promise<ConnectSalts>;
  readonly connections: Pick<Connections, 'all' | 'ofSession'>;
  readonly streams: Pick<Streams, 'lose' | 'end' | 'rotateToken'>;
  readonly entries: Pick<DirectoryEntries, 'remove' | 'extend'>;
  readonly answers: { forget(connectionId: string): void };
  readonly questions: Pick<Questions, 'forget'>;
  readonly rates: Pick<SessionRates, 'save'>;
  readonly seats: Pick<QueueSeats, 'leave'>;
  readonly endpoints: Pick<SessionEndpoints, 'forget'>;
  readonly sendControlEvent: SendControlEvent;
  /** Called when a stream begins to wait for its client. */
  readonly onLost: () => void;
  /** How long a stream waits. */
  readonly window: Millis;
  readonly clock: Clock;
};

/**
 * Closes connections. Afterwards the hub and the directory hold nothing of a connection but, for a
 * while, its stream.
 */
export class ConnectionCloser {
  readonly #needs: ConnectionCloserNeeds;

  constructor(needs: ConnectionCloserNeeds) {
    this.#needs = needs;
  }

  /** Tells the client why, closes the connection, and ends its stream. */
  end(connection: Connection, why: EndReason): void {
    const { code, reason, message } = CLOSE_REASONS[why];
    this.#notify(connection, { reason, message });
    connection.close(code, reason);
    this.#endStream(connection);
  }

  /** Tells the client why and how to come back, and closes the connection. Its stream waits. */
  async interrupt(connection: Connection, why: InterruptReason, retryAfterMs = 0): Promise<void> {
    const { hub, salts, streams, window, clock } = this.#needs;
    const { code, reason, message } = CLOSE_REASONS[why];
    const { sessionId } = connection.state.principal;
    const { token: reconnectionToken, hash } = await newReconnectionToken(await salts, {
      hub,
      sessionId,
    });
    // While the token was made, the connection may have ended, and the session have opened another.
    if (!connection.isOpen) return;
    streams.rotateToken(sessionId, hash);
    const reconnectUntil = new Date(clock() + window).toISOString();
    const comeBack = { reconnectionToken, reconnectUntil, retryAfterMs };
    this.#notify(connection, { reason, message, ...comeBack });
    this.close(connection, code, reason);
  }

  /** Interrupts all connections, and asks their clients to come back at different times in `over`. */
  async drain(over: Millis): Promise<number> {
    const all = this.#needs.connections.all();
    for (const [index, connection] of all.entries()) {
      const retryAfter = Math.round((over * index) / all.length);
      await this.interrupt(connection, 'server_shutdown', retryAfter);
    }
    return all.length;
  }

  /** Closes the connection without telling why. Its stream waits. */
  close(connection: Connection, code: CloseCode, reason: string): void {
    connection.close(code, reason);
    this.#loseStream(connection);
  }

  /** The socket broke, or the client closed it. Does nothing if the hub closed it before. */
  lost(connection: Connection): void {
    if (connection.state.closed) return;
    connection.recordLoss();
    this.#loseStream(connection);
  }

  #endStream(connection: Connection): void {
    const { streams, entries } = this.#needs;
    const { connectionId, principal } = connection.state;
    streams.end({ sessionId: principal.sessionId, connectionId });
    this.#release(connection);
    entries.remove({ connectionId, principal });
  }

  #loseStream(connection: Connection): void {
    const { streams, entries, onLost } = this.#needs;
    const { connectionId, principal } = connection.state;
    const until = streams.lose({ sessionId: principal.sessionId, connectionId });
    this.#release(connection);
    if (until === undefined) return entries.remove({ connectionId, principal });
    entries.extend({ connectionId, principal }, until);
    onLost();
  }

  /** Drops what the hub holds for a connection besides its socket and its stream. */
  #release(connection: Connection): void {
    const { answers, questions, rates, seats, endpoints, connections } = this.#needs;
    const { connectionId, principal, rate } = connection.state;
    const { sessionId } = principal;
    answers.forget(connectionId);
    questions.forget(connectionId);
    rates.save(sessionId, rate);
    seats.leave(connection);
    if (connections.ofSession(sessionId).length === 0) endpoints.forget(sessionId);
  }

  #notify(connection: Connection, members: Readonly<Record<string, unknown>>): void {
    const { sendControlEvent, clock } = this.#needs;
    const event = controlEvent('connect.disconnect-notification', members, clock());
    sendControlEvent(connection, event);
  }
}

type CloseReason = { readonly code: CloseCode; readonly reason: string; readonly message: string };

/** `reason` and `message` are sent in `connect.disconnect-notification`, `code` and `reason` in the Close frame. */
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
    // Not `token_expired`: in both cases the client needs a new access token.
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
