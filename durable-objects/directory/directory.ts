import { type Millis, seconds } from '../../shared/clock.ts';
import type {
  ConnectedSession,
  ConnectionEntry,
  Registered,
  RolesChanged,
} from '../../shared/contracts/connect/connect-rpc.ts';

export type StoredConnection = ConnectionEntry & { readonly epoch: number };

/** The store of connections, as the rules use it. */
export type DirectoryStore = {
  ofSession(sessionId: string): readonly StoredConnection[];
  /** Oldest first. */
  all(): readonly StoredConnection[];
  add(connection: StoredConnection): void;
  /** The largest epoch stored; 0 if there is none. */
  newestEpoch(): number;
  /** The last change of roles. It may have expired. */
  rolesChange(): RolesChanged | undefined;
  saveRolesChange(change: RolesChanged): void;
};

/** Registers a connection as the newest [D2], and returns which connections it supersedes [D1]. */
export function register(store: DirectoryStore, entry: ConnectionEntry, now: Millis): Registered {
  const superseded = store
    .ofSession(entry.sessionId)
    .map(({ connectionId, shard }) => ({ connectionId, shard }));
  // The time keeps epochs growing across a directory that was deleted in between.
  const epoch = Math.max(now, store.newestEpoch() + 1);
  store.add({ ...entry, epoch });
  return { epoch, superseded, rolesChanged: rolesChange(store, now) };
}

/** Stores a change of roles, unless a newer one is stored [D10]. */
export function changeRoles(store: DirectoryStore, change: RolesChanged): void {
  const stored = store.rolesChange();
  if (stored === undefined || stored.changedAt <= change.changedAt) store.saveRolesChange(change);
}

export function rolesChange(store: DirectoryStore, now: Millis): RolesChanged | undefined {
  const change = store.rolesChange();
  return change !== undefined && now < seconds(change.until) ? change : undefined;
}

/** The hubs that hold connections of these sessions, once each [D4]. */
export function shardsOf(
  store: Pick<DirectoryStore, 'ofSession'>,
  sessionIds: readonly string[],
): readonly string[] {
  const connections = sessionIds.flatMap((sessionId) => store.ofSession(sessionId));
  return [...new Set(connections.map(({ shard }) => shard))];
}

/** The sessions that have connections, each with its hubs, once each [D9]. */
export function connectedSessions(store: Pick<DirectoryStore, 'all'>): readonly ConnectedSession[] {
  const bySession = Map.groupBy(store.all(), ({ sessionId }) => sessionId);
  return [...bySession].map(([sessionId, connections]) => ({
    sessionId,
    hubs: [...new Set(connections.map(({ shard }) => shard))],
  }));
}
