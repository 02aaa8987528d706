/**
 * The two layouts of a hub frame. One WebSocket message is one frame; integers are big-endian.
 *
 * ```
 * request, event   flags 1 | channel 2 | sequence 4 | GUID 16 | message id 8 | payload
 * response         flags 1 | channel 2 | sequence 4 |           message id 8 | code 1 | payload
 * ```
 *
 * @module
 */

import type { GuidText } from './guid.ts';

export const REQUEST_HEADER_BYTES = 31;
export const RESPONSE_HEADER_BYTES = 16;

/** The members of a request that its response repeats. */
export type Correlation = {
  /** u16. With the meta flag it says what to describe. */
  readonly channel: number;
  /** u32. The sender chooses it, and the receiver does not interpret it. */
  readonly sequence: number;
  /** u64. A `bigint`, because a number loses bits above 2^53. */
  readonly messageId: bigint;
};

export type RequestFrame = Correlation & {
  readonly kind: 'request';
  /** One byte of {@link Flag}s, without {@link Flag.response}. */
  readonly flags: number;
  /** The GUID of an endpoint, a shortcut, a peer or a sender. */
  readonly guid: GuidText;
  readonly payload: Uint8Array;
};

export type ResponseFrame = Correlation & {
  readonly kind: 'response';
  /** One byte of {@link Flag}s, with {@link Flag.response}. */
  readonly flags: number;
  /** u8. */
  readonly code: number;
  readonly payload: Uint8Array;
};

export type Frame = RequestFrame | ResponseFrame;

/** The correlation of an answer to a message that has none. */
export const NO_CORRELATION: Correlation = { channel: 0, sequence: 0, messageId: 0n };

/** The bits of the flag byte, which is at offset 0 of every frame. */
export const Flag = {
  /** The payload is bytes; otherwise it is UTF-8 JSON. */
  binary: 0x01,
  /** The payload is Brotli. Server to client only. */
  compressed: 0x04,
  /** No response is expected. */
  event: 0x10,
  /** The GUID names another client. */
  client: 0x20,
  /** The 16-byte response layout. */
  response: 0x40,
  /** Asks for a description of the endpoint instead of calling it. The channel says which. */
  meta: 0x80,
} as const;
export type Flag = (typeof Flag)[keyof typeof Flag];

/** 0x02 and 0x08: no meaning is assigned, so a frame that sets one is refused. */
export const RESERVED_FLAGS = 0x0a;

export const hasFlag = (flags: number, flag: Flag): boolean => (flags & flag) !== 0;

/** Whether the sender waits for a response: neither an event nor a response itself. */
export const expectsResponse = (flags: number): boolean =>
  (flags & (Flag.event | Flag.response)) === 0;
