import type { Millis } from '../../../shared/clock.ts';
import type { NewEventTarget } from '../../../shared/contracts/connect/client-event.ts';
import type { ConnectionView } from '../../../shared/contracts/connect/hub-rpc.ts';
import { recipientsOf } from '../publishing/recipients.ts';
import type { HubNetwork } from './hub-network.ts';

/** A session, or all sessions of a user. */
export type Kicked = Exclude<NewEventTarget, 'all' | { readonly role: string }>;

/** Closes connections. Their sessions go on. Returns how many were closed. */
export async function kick(network: HubNetwork, kicked: Kicked): Promise<number> {
  const hubs = (await recipientsOf(network, [kicked]))(kicked);
  const sessionIds =
    'sessionId' in kicked ? [kicked.sessionId] : await sessionsOf(network, kicked.userId);
  return total(await network.ask(hubs, (hub) => hub.endSessions(sessionIds, 'kicked')));
}

/** Asks every client to come back, spread over a time. Returns how many were asked. */
export async function drain(network: HubNetwork, over: Millis): Promise<number> {
  return total(await network.ask(await network.all(), (hub) => hub.drain(over)));
}

/** The open connections of a user, at whatever hub. */
export async function connectionsOf(
  network: HubNetwork,
  userId: string,
): Promise<readonly ConnectionView[]> {
  const target = { userId };
  const hubs = (await recipientsOf(network, [target]))(target);
  return (await network.ask(hubs, (hub) => hub.connectionsOf(userId))).flat();
}

async function sessionsOf(network: HubNetwork, userId: string): Promise<readonly string[]> {
  const users = await network.ofUsers([userId]);
  return (users.get(userId) ?? []).map(({ sessionId }) => sessionId);
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
