import type { Clock } from '../../../shared/clock.ts';
import type {
  ClientEvent,
  EventTarget,
  NewEvent,
} from '../../../shared/contracts/connect/client-event.ts';
import type { Published } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { HubNetwork, NetworkNeeds } from '../hubs/hub-network.ts';
import { recipientsOf } from '../hubs/recipients.ts';

export type PublishNeeds = NetworkNeeds & { readonly clock: Clock };

/** An event with its id and time, which can be published again safely. */
export type IdentifiedEvent = NewEvent & { readonly eventId: string; readonly timestamp: string };

/**
 * Publishes events at every hub that has a client for them.
 *
 * @throws If a hub cannot be reached. The others have the events by then, so publishing all of them
 *   again under the same ids delivers none twice.
 */
export async function publish(
  network: HubNetwork,
  events: readonly IdentifiedEvent[],
): Promise<Published> {
  const hubsOf = await recipientsOf(
    network,
    events.map(({ target }) => target),
  );
  const byHub = new Map<string, ClientEvent[]>();
  for (const event of events) {
    for (const hub of hubsOf(event.target)) {
      byHub.set(hub, [...(byHub.get(hub) ?? []), toClientEvent(event)]);
    }
  }
  const counts = await network.ask([...byHub.keys()], (hub, name) =>
    hub.publish(byHub.get(name) ?? []),
  );
  return counts.reduce(sum, { delivered: 0, kept: 0 });
}

/** Gives an event its time, and an id if it has none. */
export const identified = (event: NewEvent, clock: Clock): IdentifiedEvent => ({
  ...event,
  eventId: event.eventId ?? crypto.randomUUID(),
  timestamp: new Date(clock()).toISOString(),
});

const sum = (a: Published, b: Published): Published => ({
  delivered: a.delivered + b.delivered,
  kept: a.kept + b.kept,
});

const toClientEvent = (event: IdentifiedEvent): ClientEvent => ({
  eventId: event.eventId,
  eventName: event.eventName,
  timestamp: event.timestamp,
  target: toTarget(event),
  payload: event.payload ?? {},
  ephemeral: event.ephemeral ?? false,
  latestKey: event.latestKey,
});

function toTarget({ target }: NewEvent): EventTarget {
  if (target === 'all' || 'role' in target) return target;
  return 'sessionId' in target ? { session: target.sessionId } : { user: target.userId };
}
