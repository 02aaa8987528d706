import type { ComponentHealth } from './health.ts';
import type { OpenApiDocument } from './identity-rpc.ts';

export type SessionEndReason = 'session_revoked' | 'session_expired' | 'kicked';

export type SessionsEnded = {
  readonly subject: string;
  readonly sessionIds: readonly string[];
  readonly reason: SessionEndReason;
};

/** What `connect` does for other Workers (entrypoint `ConnectEntrypoint`). */
export interface ConnectRpc {
  /** Closes the sockets of ended sessions. Idempotent. Returns how many were closed. For `identity`. */
  sessionsEnded(ended: SessionsEnded): Promise<number>;
  describe(): Promise<OpenApiDocument>;
  health(): Promise<readonly ComponentHealth[]>;
}
