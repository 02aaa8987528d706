import { z } from '@hono/zod-openapi';

import type { Clock } from '../../../shared/clock.ts';
import type { NewEventTarget } from '../../../shared/contracts/connect/client-event.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { ambiguityOf, lossOf } from '../../../shared/tokens/strict-json.ts';
import { IdSchema } from '../hubs/recipients.ts';
import { EventSchema } from './event-schemas.ts';
import { type IdentifiedEvent, identified, type PublishNeeds, publish } from './publish.ts';

export type ConsumeNeeds = PublishNeeds & { readonly log: Log };

/**
 * Publishes a batch of CloudEvents from a queue.
 *
 * An event that is not valid is dropped and logged, because it would not be valid the next time
 * either. If a hub cannot be reached, the queue delivers the valid ones again, and hubs ignore ids
 * that they have.
 */
export async function consumeEvents(
  batch: MessageBatch,
  { network, clock, log }: ConsumeNeeds,
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

const { eventName, eventId, payload } = EventSchema.shape;

/**
 * CloudEvents 1.0 §3: `type` is the event's name, `id` its id, and extension attributes name its
 * recipients. Unknown attributes are ignored.
 */
const CloudEventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: eventId.unwrap(),
  source: z.string().min(1),
  type: eventName,
  time: z.iso.datetime({ offset: true }).optional(),
  datacontenttype: z
    .string()
    .regex(/^application\/([^;]+\+)?json\b/)
    .optional(),
  data: payload,
  sessionid: IdSchema.optional(),
  userid: IdSchema.optional(),
  role: IdSchema.optional(),
  audience: z.literal('all').optional(),
  ephemeral: z.boolean().optional(),
  latestkey: IdSchema.optional(),
});
type CloudEvent = z.infer<typeof CloudEventSchema>;

/** @returns The event, or its fault for the log. */
function readCloudEvent(body: unknown, clock: Clock): Result<IdentifiedEvent, string> {
  const parsed = CloudEventSchema.safeParse(typeof body === 'string' ? parseEventBody(body) : body);
  if (!parsed.success) return err(z.prettifyError(parsed.error));
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const fault = ambiguityOf(text) ?? lossOf(text);
  if (fault !== undefined) return err(fault);
  const { id, type, time, data, ephemeral, latestkey } = parsed.data;
  const target = targetOf(parsed.data);
  if (target === undefined) return err('It is for nobody, or for several at once');
  const event = { target, eventName: type, eventId: id, payload: data, ephemeral };
  const all = identified({ ...event, latestKey: latestkey }, clock);
  return ok(time === undefined ? all : { ...all, timestamp: new Date(time).toISOString() });
}

/** Exactly one target. A session may be named together with its user. */
function targetOf({
  sessionid: sessionId,
  userid: userId,
  role,
  audience,
}: CloudEvent): NewEventTarget | undefined {
  const targets: NewEventTarget[] = [];
  if (sessionId !== undefined) targets.push({ sessionId, userId });
  else if (userId !== undefined) targets.push({ userId });
  if (role !== undefined) targets.push({ role });
  if (audience !== undefined) targets.push(audience);
  return targets.length === 1 ? targets[0] : undefined;
}

function parseEventBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
