import { concatBytes } from '../../shared/bytes.ts';

const TERMINATE = 'X'.charCodeAt(0);
/** The length of `SSLRequest` and `GSSENCRequest`, which come before the startup message. */
const REQUEST_LENGTH = 8;

/**
 * Follows a client's messages (PostgreSQL protocol 3.0), however they are split into chunks.
 *
 * @returns A function that takes each chunk and returns whether `Terminate` is in it.
 */
export function terminateWatch(): (chunk: Uint8Array) => boolean {
  let header = new Uint8Array();
  let bodyLeft = 0;
  let started = false;

  /** Reads a complete header. */
  const next = () => {
    const length = new DataView(header.buffer).getInt32(header.length - 4);
    bodyLeft = length - 4;
    if (!started) started = length !== REQUEST_LENGTH;
    header = new Uint8Array();
  };

  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      const missing = bodyLeft > 0 ? bodyLeft : (started ? 5 : 4) - header.length;
      const part = chunk.subarray(at, at + missing);
      at += part.length;
      if (bodyLeft > 0) {
        bodyLeft -= part.length;
        continue;
      }
      header = concatBytes(header, part);
      if (started && header[0] === TERMINATE) return true;
      if (part.length === missing) next();
    }
    return false;
  };
}
