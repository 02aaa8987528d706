import type { Millis } from '../../../shared/clock.ts';
import { type EventPayload, eventBytes } from '../../../shared/hub-protocol/event.ts';
import type { Connection } from '../connections/connection.ts';
import { newMessageId } from '../connections/message-id.ts';

/** Tells one client something of the hub itself. It is not kept, so it does not count. */
export type Tell = (connection: Connection, event: EventPayload) => void;

/** The sequence of the last event that a session was sent, or would have been. */
export type PositionOf = (sessionId: string) => number;

/** Control events repeat the sequence of the last event that counts. */
export const telling =
  (streams: { readonly positionOf: PositionOf }): Tell =>
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
