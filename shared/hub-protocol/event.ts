import { type Bytes, utf8 } from '../bytes.ts';
import { encodeFrame } from './encode-frame.ts';
import { Flag } from './frame.ts';
import { ZERO_GUID } from './guid.ts';

/** The members that every event has. The others depend on the event. */
export type EventPayload = {
  readonly eventName: string;
  readonly eventId: string;
  /** RFC 3339. */
  readonly timestamp: string;
  readonly [member: string]: unknown;
};

/** An event of the hub itself. `sequence` counts the events of one connection, from 1. */
export function eventBytes(payload: EventPayload, sequence: number, messageId: bigint): Bytes {
  return encodeFrame({
    kind: 'request',
    flags: Flag.event,
    channel: 0,
    sequence,
    guid: ZERO_GUID,
    messageId,
    payload: utf8(JSON.stringify(payload)),
  });
}
