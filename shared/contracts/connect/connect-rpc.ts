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
  /** Orders the changes of one user: the newer has the larger value. */
  readonly changedAt: Millis;
  /** The time after which no token with the former roles is valid. */
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
   * Gives a user's connections the new roles, also those that open later with an older token.
   * Idempotent. An older change does not replace a newer one. Returns how many connections had to
   * change. For `identity`.
   */
  rolesChanged(change: RolesChanged): Promise<number>;
  /** Whether a registered service has this audience. For `identity`. */
  isServiceAudience(audience: string): Promise<boolean>;
  /** Tells clients something, as `POST /api/v1/connect/events` does. For `identity`. */
  sendEvent(event: NewEvent): Promise<SentEvent>;
}

/** A connection as its hub registers it at the directory. */
export type ConnectionEntry = {
  readonly connectionId: string;
  readonly sessionId: string;
  /** The name of the hub. Hubs that run an older version send this member, so its name stays. */
  readonly shard: string;
  /** The hub closes the socket before this time, after which the entry can be removed. */
  readonly expiresAt: Millis;
};

/** A session of a user that has connections. */
export type ConnectedSession = {
  readonly sessionId: string;
  /** The names of the hubs that hold them. */
  readonly hubs: readonly string[];
};

export type Registered = {
  /**
   * Grows with every registration of this user, so the newer of two connections has the larger
   * value.
   */
  readonly epoch: number;
  /** The older connections of the session: to be closed once the new one is open. */
  readonly superseded: readonly Pick<ConnectionEntry, 'connectionId' | 'shard'>[];
  /** The last change of the user's roles, which an older token does not carry. */
  readonly rolesChanged?: RolesChanged | undefined;
};

/** The methods of a user's directory that hubs call. */
export interface DirectoryRpc {
  register(entry: ConnectionEntry): Promise<Registered>;
  /** Extends a connection that is still registered. Returns whether it is. */
  renew(connectionId: string, expiresAt: Millis): Promise<boolean>;
  /** The last change of the user's roles, until no token with the former roles is valid. */
  rolesChange(): Promise<RolesChanged | undefined>;
  /** Removes the entry of one connection. Idempotent. */
  unregister(connectionId: string): Promise<void>;
}

/** The directory of a user, in the namespace of directories. */
export const directoryName = (subject: string): string => `user:${subject}`;
