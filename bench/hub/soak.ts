import { setTimeout as sleep } from 'node:timers/promises';
import { sessions } from '../contestants/hub.ts';
import { inTurns } from '../contestants/in-turns.ts';
import type { Hub } from '../contestants/start-hub.ts';
import { publish } from './publisher.ts';
import { type HubAddress, ResumingClient } from './resuming-client.ts';
import { addTallies, tallyClient } from './tally.ts';
import type { SoakResult } from './trial-results.ts';

export type SoakPlan = {
  readonly clients: number;
  /** The number of events before each kill. */
  readonly killsAfterEvents: readonly number[];
};

const AT_ONCE = 32;
const PAUSE_MS = 10;
/** Every event of this number is for one user. */
const PERSONAL_EVERY = 5;
/** The number of events after the last kill. */
const EVENTS_AFTER = 40;
/** How long to wait for events to be published, because a busy machine must not prolong the soak. */
const PUBLISH_TIMEOUT_MS = 15_000;
const DELIVERY_TIMEOUT_MS = 30_000;
/** Milliseconds in which a doubled event would arrive. */
const DOUBLED_MS = 1_000;

/**
 * Kills the hub (SIGKILL) several times while events are published and clients resume their streams, and
 * counts every delivery.
 */
export async function measureSoak(
  start: () => Promise<Hub>,
  { clients: count, killsAfterEvents }: SoakPlan,
): Promise<SoakResult> {
  let hub = await start();
  const where: HubAddress = { port: hub.port };
  const clients = sessions(count).map((session) => new ResumingClient(where, session));
  const events = new EventSequence(where, count);
  try {
    await inTurns(count, AT_ONCE, async (index) => clients[index]?.connect());
    const publishing = events.publish();
    for (const number of killsAfterEvents) {
      await events.untilPublished(number);
      await hub.stop();
      hub = await hub.restart();
      where.port = hub.port;
    }
    await events.untilPublished(EVENTS_AFTER);
    events.stop();
    await publishing;
    await untilDelivered(clients, events);
    return { ...summary(clients, events), kills: killsAfterEvents.length };
  } finally {
    events.stop();
    for (const client of clients) client.close();
    await hub.stop();
  }
}

/** Publishes one event after the other, most of them for all clients. */
class EventSequence {
  readonly published: { readonly eventId: string; readonly client: number | undefined }[] = [];
  readonly #where: HubAddress;
  readonly #clients: number;
  #stopped = false;

  constructor(where: HubAddress, clients: number) {
    this.#where = where;
    this.#clients = clients;
  }

  async publish(): Promise<void> {
    for (let number = 0; !this.#stopped; number += 1) {
      const eventId = `event-${number}`;
      const client = number % PERSONAL_EVERY === 0 ? number % this.#clients : undefined;
      this.published.push({ eventId, client });
      const target = client === undefined ? 'all' : { userId: `usr_${client}` };
      await publish(this.#where, eventId, target);
      await sleep(PAUSE_MS);
    }
  }

  /** Waits until that many more events are published and the next one is under way. */
  async untilPublished(number: number): Promise<void> {
    const target = this.published.length + number;
    const deadline = performance.now() + PUBLISH_TIMEOUT_MS;
    while (this.published.length < target && performance.now() < deadline) await sleep(5);
    await sleep(Math.random() * PAUSE_MS);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** The events that one client must receive, in order. */
  dueTo(index: number): readonly string[] {
    return this.published
      .filter(({ client }) => client === undefined || client === index)
      .map(({ eventId }) => eventId);
  }
}

/** Waits until every client has as many events as are due, and then for doubled ones. */
async function untilDelivered(
  clients: readonly ResumingClient[],
  events: EventSequence,
): Promise<void> {
  const deadline = performance.now() + DELIVERY_TIMEOUT_MS;
  const due = clients.map((_, index) => events.dueTo(index).length);
  const isMissing = (client: ResumingClient, index: number): boolean =>
    client.received.length < (due[index] ?? 0);
  while (clients.some(isMissing) && performance.now() < deadline) await sleep(100);
  await sleep(DOUBLED_MS);
}

function summary(
  clients: readonly ResumingClient[],
  events: EventSequence,
): Omit<SoakResult, 'kills'> {
  const tallies = clients.map(({ received }, index) => tallyClient(events.dueTo(index), received));
  return {
    ...addTallies(tallies),
    clients: clients.length,
    events: events.published.length,
    resumed: clients.reduce((sum, client) => sum + client.resumptions, 0),
    failures: clients.reduce((sum, client) => sum + client.failures, 0),
  };
}
