import { rpc } from '../../../shared/contracts/bindings.ts';
import {
  directoryName,
  type RolesChanged,
  type SessionsEnded,
} from '../../../shared/contracts/connect/connect-rpc.ts';
import type { HubManifestRpc } from '../../../shared/contracts/connect/hub-rpc.ts';

type HubNamespaces = Pick<ConnectEnv, 'HUBS' | 'DIRECTORIES'>;

/** Closes the sockets of ended sessions, wherever they are. Returns how many there were. */
export async function closeSessions(
  { HUBS, DIRECTORIES }: HubNamespaces,
  { subject, sessionIds, reason }: SessionsEnded,
): Promise<number> {
  const hubs = await DIRECTORIES.getByName(directoryName(subject)).shardsOf(sessionIds);
  const closed = await Promise.all(
    hubs.map((hub) => HUBS.getByName(hub).endSessions(sessionIds, reason)),
  );
  return closed.reduce((sum, count) => sum + count, 0);
}

/**
 * Puts a user's connections under changed roles, and returns how many had to change. The directory
 * learns of the roles first: a hub that registers a connection later is told by it, and a hub that has
 * registered one is found in it.
 */
export async function changeRoles(
  { HUBS, DIRECTORIES }: HubNamespaces,
  change: RolesChanged,
): Promise<number> {
  const hubs = await DIRECTORIES.getByName(directoryName(change.subject)).changeRoles(change);
  const changed = await Promise.all(
    hubs.map((hub) =>
      rpc<Pick<HubManifestRpc, 'rolesChanged'>>(HUBS.getByName(hub)).rolesChanged(change),
    ),
  );
  return changed.reduce((sum, count) => sum + count, 0);
}
