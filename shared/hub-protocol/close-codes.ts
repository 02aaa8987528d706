/**
 * Close codes of the hub, in the private range of RFC 6455 §7.4.2. After 4400–4449 the client must
 * change something before it reconnects. The last one is a standard code.
 */
export const CloseCode = {
  /** Ten malformed frames, or three text frames. */
  protocolError: 4400,
  /** The session ended, or its access token expired and the client presented no new one. */
  unauthorized: 4401,
  kicked: 4403,
  /** Nothing was heard for 30 minutes. */
  idle: 4408,
  /** The same session connected again. */
  superseded: 4409,
  /** The client does not take the events it is sent. */
  tooSlow: 4413,
  /** The client keeps sending more messages than it may. */
  rateLimited: 4429,
  /** The client should reconnect, perhaps to newer code (RFC 6455 §7.4.2). */
  restart: 1012,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];
