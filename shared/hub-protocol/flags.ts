/**
 * The flag byte: offset 0 of every frame.
 *
 * @module
 */

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
  /** Describe the endpoint instead of calling it; the channel says what to describe. */
  meta: 0x80,
} as const;
export type Flag = (typeof Flag)[keyof typeof Flag];

/** 0x02 and 0x08: no meaning is assigned, so a frame that sets one is refused. */
export const RESERVED_FLAGS = 0x0a;

export const hasFlag = (flags: number, flag: Flag): boolean => (flags & flag) !== 0;

/** Whether the sender waits for a response: neither an event nor a response itself. */
export const expectsResponse = (flags: number): boolean =>
  (flags & (Flag.event | Flag.response)) === 0;
