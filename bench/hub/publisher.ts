import { setTimeout as sleep } from 'node:timers/promises';
import type { Whereabouts } from './resuming-client.ts';

/** Of one event: everybody, or one user. */
export type Addressee = 'all' | { readonly userId: string };

const EVENTS_PATH = '/api/v1/connect/events';
const PATIENCE_MS = 5_000;

/**
 * Publishes one event, again under the same id where it is unknown what became of it, until the hub
 * says that it has it.
 *
 * @throws {Error} If the hub refuses it.
 */
export async function publish(
  where: Whereabouts,
  eventId: string,
  target: Addressee,
): Promise<void> {
  for (;;) {
    const status = await post(where, { eventId, target, eventName: 'bench.tick', payload: {} });
    if (status === 202) return;
    if (status !== undefined && status < 500) {
      throw new Error(`Cannot publish ${eventId}: status ${status}`);
    }
    await sleep(20);
  }
}

/** The status; `undefined` if there was no answer, and nobody knows. */
async function post({ port }: Whereabouts, event: object): Promise<number | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${EVENTS_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
