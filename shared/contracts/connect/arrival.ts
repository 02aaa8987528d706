/**
 * What the connect Worker tells a hub of a client that arrives, beside who it is. On a header that
 * only that Worker writes.
 *
 * @module
 */

import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../../bytes.ts';
import type { Millis } from '../../clock.ts';

export type Arrival = {
  /** The last event that the client knows: it wants to go on, and not to begin. */
  readonly lastSequence?: number | undefined;
  /** From a reconnection token, where the client has no access token to show. */
  readonly reconnection?: { readonly sessionId: string; readonly nonce: string } | undefined;
  /** The principal is that of this ticket, which is good once. */
  readonly ticket?: { readonly id: string; readonly expiresAt: Millis } | undefined;
  /** Which holder of the session's seat this connection is to the queue. Absent: there is no queue. */
  readonly seat?: string | undefined;
  /** Of the manifest that the client has: one that says the same need not be repeated. */
  readonly manifestHash?: string | undefined;
};

export const ARRIVAL_HEADER = 'x-sallyport-arrival';

export const encodeArrival = (arrival: Arrival): string =>
  toBase64Url(utf8(JSON.stringify(arrival)));

/** Reads what the connect Worker wrote. */
export function readArrival(headers: Headers): Arrival {
  const bytes = fromBase64Url(headers.get(ARRIVAL_HEADER) ?? '');
  if (bytes === undefined || bytes.length === 0) return {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only the connect Worker can write it
  return JSON.parse(fromUtf8(bytes)) as Arrival;
}
