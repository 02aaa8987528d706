/**
 * CloudEvents 1.0 as a way to publish: `type` is the event's name, `id` its id, and extension
 * attributes say whom it is for.
 *
 * @module
 */

import { z } from '@hono/zod-openapi';

import type { Clock } from '../../../shared/clock.ts';
import type { NewEventTarget } from '../../../shared/contracts/connect/client-event.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { EventSchema, IdSchema } from './event-schemas.ts';
import { type IdentifiedEvent, identified } from './publish.ts';

const { eventName, eventId, payload } = EventSchema.shape;

/** CloudEvents 1.0 §3. Attributes that are not ours may be there. */
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

/** @returns What is wrong with it, for the log. */
export function readCloudEvent(body: unknown, clock: Clock): Result<IdentifiedEvent, string> {
  const parsed = CloudEventSchema.safeParse(typeof body === 'string' ? parseJson(body) : body);
  if (!parsed.success) return err(z.prettifyError(parsed.error));
  const { id, type, time, data, ephemeral, latestkey } = parsed.data;
  const target = targetOf(parsed.data);
  if (target === undefined) return err('It is for nobody, or for several at once');
  const event = { target, eventName: type, eventId: id, payload: data, ephemeral };
  const all = identified({ ...event, latestKey: latestkey }, clock);
  return ok(time === undefined ? all : { ...all, timestamp: new Date(time).toISOString() });
}

/** Exactly one, but a session may be named with its user. */
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
