import { setTimeout as sleep } from 'node:timers/promises';
import { sessions } from '../contestants/hub.ts';
import { inTurns } from '../contestants/in-turns.ts';
import type { Hub } from '../contestants/start-hub.ts';
import { publish } from './publisher.ts';
import { ResumingClient, type Whereabouts } from './resuming-client.ts';
import { addTallies, tallyClient } from './tally.ts';
import type { SoakResult } from './trial-results.ts';

export type SoakPlan = {
  readonly clients: number;
  /** Before each kill, how many events are published. */
  readonly killsAfterEvents: readonly number[];
};

const AT_ONCE = 32;
const PAUSE_MS = 10;
/** Every so manieth event is for one user alone. */
const PERSONAL_EVERY = 5;
/** Published after the last kill. */
const EVENTS_AFTER = 40;
/** Of any number of events: a busy machine must not make the soak longer. */
const PRINTING_MS = 15_000;
const PATIENCE_MS = 30_000;
/** What comes twice comes by then. */
const AFTERMATH_MS = 1_000;

/**
 * Kills the hub again and again (SIGKILL) while events are published and clients hold on to their
 * streams, and does the books of every single delivery.
 */
export async function measureSoak(
  start: () => Promise<Hub>,
  { clients: count, killsAfterEvents }: SoakPlan,
): Promise<SoakResult> {
  let hub = await start();
  const where: Whereabouts = { port: hub.port };
  const clients = sessions(count).map((session) => new ResumingClient(where, session));
  const press = new Press(where, count);
  try {
    await inTurns(count, AT_ONCE, async (index) => clients[index]?.connect());
    const publishing = press.run();
    for (const events of killsAfterEvents) {
      await press.prints(events);
      await hub.stop();
      hub = await hub.restart();
      where.port = hub.port;
    }
    await press.prints(EVENTS_AFTER);
    press.stop();
    await publishing;
    await settled(clients, press);
    return { ...summary(clients, press), kills: killsAfterEvents.length };
  } finally {
    press.stop();
    for (const client of clients) client.close();
    await hub.stop();
  }
}

/** Publishes one event after the other, most of them for everybody. */
class Press {
  readonly published: { readonly eventId: string; readonly client: number | undefined }[] = [];
  readonly #where: Whereabouts;
  readonly #clients: number;
  #stopped = false;

  constructor(where: Whereabouts, clients: number) {
    this.#where = where;
    this.#clients = clients;
  }

  async run(): Promise<void> {
    for (let number = 0; !this.#stopped; number += 1) {
      const eventId = `event-${number}`;
      const client = number % PERSONAL_EVERY === 0 ? number % this.#clients : undefined;
      this.published.push({ eventId, client });
      const target = client === undefined ? 'all' : { userId: `usr_${client}` };
      await publish(this.#where, eventId, target);
      await sleep(PAUSE_MS);
    }
  }

  /** Waits for that many more, and a part of the next one, unless it takes too long. */
  async prints(events: number): Promise<void> {
    const target = this.published.length + events;
    const deadline = performance.now() + PRINTING_MS;
    while (this.published.length < target && performance.now() < deadline) await sleep(5);
    await sleep(Math.random() * PAUSE_MS);
  }

  stop(): void {
    this.#stopped = true;
  }

  /** What one client is to receive, in order. */
  dueTo(index: number): readonly string[] {
    return this.published
      .filter(({ client }) => client === undefined || client === index)
      .map(({ eventId }) => eventId);
  }
}

/** Waits until every client has as many events as it is due, and for what would be too many. */
async function settled(clients: readonly ResumingClient[], press: Press): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const due = clients.map((_, index) => press.dueTo(index).length);
  const isMissing = (client: ResumingClient, index: number): boolean =>
    client.received.length < (due[index] ?? 0);
  while (clients.some(isMissing) && performance.now() < deadline) await sleep(100);
  await sleep(AFTERMATH_MS);
}

function summary(clients: readonly ResumingClient[], press: Press): Omit<SoakResult, 'kills'> {
  const tallies = clients.map(({ received }, index) => tallyClient(press.dueTo(index), received));
  return {
    ...addTallies(tallies),
    clients: clients.length,
    events: press.published.length,
    resumed: clients.reduce((sum, client) => sum + client.resumptions, 0),
    failures: clients.reduce((sum, client) => sum + client.failures, 0),
  };
}
