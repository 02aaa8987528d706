import type { Millis } from '../../../shared/clock.ts';
import { type EventPayload, eventBytes } from '../../../shared/hub-protocol/event.ts';
import type { Connection } from './connection.ts';

/** Tells one client something of the hub itself. It is not kept, so it does not count. */
export type SendControlEvent = (connection: Connection, event: EventPayload) => void;

/** The sequence of the last event that a session was sent, or would have been. */
export type PositionOf = (sessionId: string) => number;

/** Control events repeat the sequence of the last event that counts. */
export const controlEventSender =
  (streams: { readonly positionOf: PositionOf }): SendControlEvent =>
  (connection, event) => {
    const { sessionId } = connection.state.principal;
    connection.send(eventBytes(event, streams.positionOf(sessionId), newMessageId()));
  };

/** An event of the hub itself. */
export const controlEvent = (
  eventName: `connect.${string}`,
  members: Readonly<Record<string, unknown>>,
  now: Millis,
): EventPayload => ({
  eventName,
  eventId: crypto.randomUUID(),
  timestamp: new Date(now).toISOString(),
  ...members,
});

/** A message id that nothing else has: 64 random bits. */
export const newMessageId = (): bigint =>
  new DataView(crypto.getRandomValues(new Uint8Array(8)).buffer).getBigUint64(0);
