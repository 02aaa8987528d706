import { REQUEST_HEADER_BYTES } from '../../shared/hub-protocol/frame.ts';
import { rawRequest } from '../load/raw-request.ts';
import type { DialectName } from './dialect.ts';

const EVENT_NAME = 'bench.tick';
const TEXT = 'e'.repeat(64);
/** The bytes of the flags, channel, sequence, GUID and message id of a hub's event. */
const HEADER = '\0'.repeat(REQUEST_HEADER_BYTES);

/**
 * The request that makes a server send one event to every socket. The hub gets an event to publish. Other
 * servers get the bytes to forward, as many as the hub's frame has.
 */
export function publication(dialect: DialectName, mark: string): string {
  const payload = { mark, text: TEXT };
  if (dialect === 'hub') {
    const event = { target: 'all', eventName: EVENT_NAME, eventId: mark, payload };
    const json = { 'content-type': 'application/json' };
    return rawRequest('POST', '/api/v1/connect/events', json, JSON.stringify(event));
  }
  const timestamp = new Date().toISOString();
  const event = JSON.stringify({ ...payload, eventName: EVENT_NAME, eventId: mark, timestamp });
  const body = dialect === 'plain' ? HEADER + event : event;
  return rawRequest('POST', '/broadcast', { 'content-type': 'application/octet-stream' }, body);
}
