import type { Clock } from '../../../shared/clock.ts';
import type { ClientEvent } from '../../../shared/contracts/connect/client-event.ts';
import type { Peer } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { HubNetwork } from '../hubs/hub-network.ts';

/**
 * Tells sessions of each other: each that is connected learns how to address the others.
 *
 * @returns Those that are connected.
 * @throws If the registry or a hub cannot be reached.
 */
export async function introduce(
  network: HubNetwork,
  topic: string,
  sessionIds: readonly string[],
  clock: Clock,
): Promise<readonly Peer[]> {
  const whereabouts = await network.ofSessions(sessionIds);
  const hubs = [...new Set([...whereabouts.values()].flat())];
  const present = await network.ask(hubs, async (hub, name) => ({
    name,
    peers: await hub.peersOf(sessionIds),
  }));
  const all = present.flatMap(({ peers }) => peers);
  const byHub = new Map(present.map(({ name, peers }) => [name, peers]));
  await network.ask(hubs, (hub, name) =>
    hub.publish((byHub.get(name) ?? []).map((peer) => introduction(topic, peer, all, clock))),
  );
  return all;
}

const introduction = (
  topic: string,
  peer: Peer,
  all: readonly Peer[],
  clock: Clock,
): ClientEvent => ({
  eventId: crypto.randomUUID(),
  eventName: 'connect.peers',
  timestamp: new Date(clock()).toISOString(),
  target: { session: peer.sessionId },
  payload: { topic, peers: all.filter(({ sessionId }) => sessionId !== peer.sessionId) },
  ephemeral: false,
  latestKey: `connect.peers:${topic}`,
});
