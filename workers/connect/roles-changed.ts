import { rpc } from '../../shared/contracts/bindings.ts';
import { directoryName, type RolesChanged } from '../../shared/contracts/connect/connect-rpc.ts';
import type { HubManifestRpc } from '../../shared/contracts/connect/hub-rpc.ts';
import type { HubNamespaces } from './sessions-ended.ts';

/**
 * Puts a user's connections under changed roles. The directory learns of them first: who registers
 * after that is told by it, and who has registered is found in it.
 */
export async function changeRoles(
  { HUBS, DIRECTORIES }: HubNamespaces,
  change: RolesChanged,
): Promise<number> {
  const shards = await DIRECTORIES.getByName(directoryName(change.subject)).changeRoles(change);
  const changed = await Promise.all(
    shards.map((shard) =>
      rpc<Pick<HubManifestRpc, 'rolesChanged'>>(HUBS.getByName(shard)).rolesChanged(change),
    ),
  );
  return changed.reduce((sum, count) => sum + count, 0);
}
