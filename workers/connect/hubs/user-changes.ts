import { rpc } from '../../../shared/contracts/bindings.ts';
import {
  directoryName,
  type RolesChanged,
  type SessionsEnded,
} from '../../../shared/contracts/connect/connect-rpc.ts';
import type { HubManifestRpc } from '../../../shared/contracts/connect/hub-rpc.ts';

type HubNamespaces = Pick<ConnectEnv, 'HUBS' | 'DIRECTORIES'>;

/** Closes the sockets of ended sessions, at all hubs. Returns how many were closed. */
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
 * Gives a user's connections the changed roles, and returns how many had other roles. The directory
 * stores the roles first. It tells them to a hub that registers a connection later, and it lists
 * the hubs that registered one before.
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
