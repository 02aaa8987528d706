import { z } from 'zod';
import { Flag, hasFlag, REQUEST_HEADER_BYTES } from '../../shared/hub-protocol/frame.ts';

const HubEvent = z.object({
  eventName: z.string(),
  eventId: z.string(),
  reconnectionToken: z.string().optional(),
  resumed: z.boolean().optional(),
});

export type HubEvent = z.infer<typeof HubEvent> & { readonly sequence: number };

/** Reads a frame of the hub, if it is an event. */
export function readEvent(frame: Buffer): HubEvent | undefined {
  const flags = frame[0] ?? 0;
  if (!hasFlag(flags, Flag.event) || hasFlag(flags, Flag.response)) return undefined;
  const payload: unknown = JSON.parse(frame.toString('utf8', REQUEST_HEADER_BYTES));
  return { ...HubEvent.parse(payload), sequence: frame.readUInt32BE(3) };
}
