import type { Millis, NumericDate } from '../../clock.ts';
import type { WorkerRpc } from '../http/worker-rpc.ts';
import type { NewEvent } from './client-event.ts';

export type SessionEndReason = 'session_revoked' | 'session_expired' | 'kicked';

export type SessionsEnded = {
  readonly subject: string;
  readonly sessionIds: readonly string[];
  readonly reason: SessionEndReason;
};

export type RolesChanged = {
  /** The `sub` of the tokens. */
  readonly subject: string;
  readonly roles: readonly string[];
  /** Of two changes, the newer has the larger. */
  readonly changedAt: Millis;
  /** When no token that carries the roles before can be alive. */
  readonly until: NumericDate;
};

/** How many connections an event reached, and how many clients get it when they come back. */
export type SentEvent = {
  readonly eventId: string;
  readonly delivered: number;
  readonly kept: number;
};

/** What `connect` does for other Workers (entrypoint `ConnectEntrypoint`). */
export interface ConnectRpc extends WorkerRpc {
  /** Closes the sockets of ended sessions. Idempotent. Returns how many were closed. For `identity`. */
  sessionsEnded(ended: SessionsEnded): Promise<number>;
  /**
   * Puts the open connections of a user, and those that open with a token from before, under the new
   * roles. Idempotent; of two changes the newer stays. Returns how many connections had to change. For
   * `identity`.
   */
  rolesChanged(change: RolesChanged): Promise<number>;
  /** Whether a registered service has this audience. For `identity`. */
  isServiceAudience(audience: string): Promise<boolean>;
  /** Tells clients something, as `POST /api/v1/connect/events` does. For `identity`. */
  sendEvent(event: NewEvent): Promise<SentEvent>;
}

/** One connection, as the hub that holds it tells the directory. */
export type ConnectionEntry = {
  readonly connectionId: string;
  readonly sessionId: string;
  /** The name of the hub. */
  readonly shard: string;
  /** When the hub will have closed the socket at the latest: the entry can be forgotten then. */
  readonly expiresAt: Millis;
};

/** A session of a user that has connections. */
export type ConnectedSession = {
  readonly sessionId: string;
  /** The names of the hubs that hold them. */
  readonly hubs: readonly string[];
};

export type Registered = {
  /** Grows with every registration of this user: of two connections, the newer has the larger. */
  readonly epoch: number;
  /** The older connections of the session: to be closed once the new one is open. */
  readonly superseded: readonly Pick<ConnectionEntry, 'connectionId' | 'shard'>[];
  /** The user's roles have changed lately: a token from before does not know of it. */
  readonly rolesChanged?: RolesChanged | undefined;
};

/** What a hub asks of a user's directory. */
export interface DirectoryRpc {
  register(entry: ConnectionEntry): Promise<Registered>;
  /** Extends a connection that is still registered. Returns whether it is. */
  renew(connectionId: string, expiresAt: Millis): Promise<boolean>;
  /** The last change of the user's roles, as long as a token from before can be alive. */
  rolesChange(): Promise<RolesChanged | undefined>;
  /** Forgets a connection, and no other. Idempotent. */
  unregister(connectionId: string): Promise<void>;
}

/** The directory of a user, in the namespace of directories. */
export const directoryName = (subject: string): string => `user:${subject}`;
