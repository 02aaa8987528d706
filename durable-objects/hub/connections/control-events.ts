import type { Millis } from '../../../shared/clock.ts';
import { type EventPayload, eventBytes } from '../../../shared/hub-protocol/event.ts';
import type { Connection } from './connection.ts';

/** Sends one client a control event. It is not logged, and the stream does not count it [H45]. */
export type SendControlEvent = (connection: Connection, event: EventPayload) => void;

/** The sequence of the last event that a session was sent, or would have been. */
export type PositionOf = (sessionId: string) => number;

/** Control events repeat the sequence of the last event that counts. */
export const controlEventSender =
  (positionOf: PositionOf): SendControlEvent =>
  (connection, event) =>
    sendEventAt(connection, event, positionOf(connection.state.principal.sessionId));

export function sendEventAt(
  connection: Pick<Connection, 'send'>,
  event: EventPayload,
  sequence: number,
): void {
  connection.send(eventBytes(event, sequence, newMessageId()));
}

/** An event about the connection itself, such as `connect.gap`. */
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

/** 64 random bits. */
export const newMessageId = (): bigint =>
  new DataView(crypto.getRandomValues(new Uint8Array(8)).buffer).getBigUint64(0);
