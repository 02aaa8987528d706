import { z } from '@hono/zod-openapi';

import { utf8 } from '../../../shared/bytes.ts';
import { IdSchema } from '../hubs/recipients.ts';

/** Bytes of JSON. */
const LARGEST_PAYLOAD = 65_536;
const LARGEST_BATCH = 100;
/** The prefix of the hub's own events. */
const RESERVED = 'connect.';

export const EventNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,127}$/, 'Must be a name such as trade.offer-made')
  .refine((name) => !name.startsWith(RESERVED), `Must not begin with ${RESERVED}`)
  .openapi({ example: 'trade.offer-made' });

/** The payload of the event, or of the request, that the client gets. */
export const PayloadSchema = z
  .record(z.string(), z.unknown())
  .refine(
    (payload) => utf8(JSON.stringify(payload)).length <= LARGEST_PAYLOAD,
    `Must have at most ${LARGEST_PAYLOAD} bytes as JSON`,
  );

const TargetSchema = z
  .union([
    z.literal('all'),
    z.strictObject({ sessionId: IdSchema, userId: IdSchema.optional() }),
    z.strictObject({ userId: IdSchema }),
    z.strictObject({ role: IdSchema }),
  ])
  .openapi('EventTarget');

export const EventSchema = z
  .strictObject({
    target: TargetSchema,
    eventName: EventNameSchema,
    payload: PayloadSchema.optional(),
    eventId: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/, 'Must be visible ASCII, 128 characters at most')
      .optional()
      .openapi({ description: 'Published again under this id, the event counts for nothing.' }),
    ephemeral: z
      .boolean()
      .optional()
      .openapi({ description: 'Not kept: who is not connected now never gets it.' }),
    latestKey: IdSchema.optional().openapi({
      description: 'Of the events with one key, a client that is behind needs the latest only.',
    }),
  })
  .openapi('NewEvent');

export const BatchSchema = z
  .strictObject({ events: z.array(EventSchema).min(1).max(LARGEST_BATCH) })
  .openapi('NewEvents');
