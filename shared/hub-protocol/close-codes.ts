/**
 * Close codes of the hub, in the private range of RFC 6455 §7.4.2. 4400–4449 mean: fix something
 * before you come back. The last one is a standard code.
 */
export const CloseCode = {
  /** Ten malformed frames, or three text frames. */
  protocolError: 4400,
  /** The session ended, or its access token expired and no new one came. */
  unauthorized: 4401,
  kicked: 4403,
  /** Nothing was heard for 30 minutes. */
  idle: 4408,
  /** The same session connected again. */
  superseded: 4409,
  /** It does not take what it is sent. */
  tooSlow: 4413,
  /** It goes on sending more than it may. */
  rateLimited: 4429,
  /** RFC 6455 §7.4.2: come back, perhaps to newer code. */
  restart: 1012,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];
