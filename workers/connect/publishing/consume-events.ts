import type { Services } from '../context.ts';
import { readCloudEvent } from './cloud-event.ts';
import { publish } from './publish.ts';

/**
 * Publishes a batch of CloudEvents from a queue.
 *
 * One that makes no sense is dropped and logged: it would make none the next time either. If a hub
 * cannot be reached, all that were not dropped come again, and count for nothing where they were.
 */
export async function consumeEvents(
  batch: MessageBatch,
  { network, clock, log }: Services,
): Promise<void> {
  const events = batch.messages.flatMap((message) => {
    const event = readCloudEvent(message.body, clock);
    if (event.ok) return [{ message, event: event.value }];
    log({ event: 'events.dropped', level: 'error', messageId: message.id, error: event.error });
    message.ack();
    return [];
  });
  try {
    await publish(
      network,
      events.map(({ event }) => event),
    );
    for (const { message } of events) message.ack();
  } catch (error) {
    log({ event: 'events.publish_failed', level: 'error', error: String(error) });
    for (const { message } of events) message.retry();
  }
}
