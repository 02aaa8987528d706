import { setTimeout as sleep } from 'node:timers/promises';
import type { HubAddress } from './resuming-client.ts';

/** The target of an event: all clients, or one user. */
export type Addressee = 'all' | { readonly userId: string };

const EVENTS_PATH = '/api/v1/connect/events';
const PATIENCE_MS = 5_000;

/**
 * Publishes one event until the hub accepts it. Without an answer it is published again with the same
 * id.
 *
 * @throws {Error} If the hub refuses it.
 */
export async function publish(
  where: HubAddress,
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

/** The status; `undefined` if there was no answer. */
async function post({ port }: HubAddress, event: object): Promise<number | undefined> {
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
