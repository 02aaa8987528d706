import type { Discovered } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { HubNetwork } from '../hubs/hub-network.ts';
import type { Region } from '../shard.ts';

/**
 * Asks the hub that holds a session what it may call, or the one to which it would connect.
 *
 * @throws If the directory or the hub cannot be reached.
 */
export async function discover(
  network: HubNetwork,
  principal: SessionPrincipal,
  region: Region,
): Promise<Discovered | undefined> {
  const { subject, sessionId } = principal;
  const sessions = (await network.ofUsers([subject])).get(subject) ?? [];
  const [hub] = sessions.filter((one) => one.sessionId === sessionId).flatMap(({ hubs }) => hubs);
  const name = hub ?? network.hubOf(region, sessionId);
  const [found] = await network.ask([name], (asked) => asked.discover(principal));
  return found;
}
