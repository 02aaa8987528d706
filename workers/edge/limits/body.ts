import { type Bytes, concatBytes } from '../../../shared/bytes.ts';
import { Problem } from '../../../shared/http/problem.ts';

/** Bytes of a request's body, where a route does not allow more. */
const LARGEST_BODY = 65_536;

/**
 * Refuses a request that announces too large a body.
 *
 * @returns The announced length; `undefined` where the body comes in chunks, if there is one.
 * @throws {Problem} `PAYLOAD_TOO_LARGE`
 */
export function announcedLength(
  headers: Headers,
  largest: number = LARGEST_BODY,
): number | undefined {
  const announced = headers.get('content-length');
  if (announced === null) return undefined;
  const length = Number(announced);
  // The comparison refuses NaN as well.
  if (!(length <= largest)) throw tooLarge(largest);
  return length;
}

/**
 * Reads a body of unknown length.
 *
 * @throws {Problem} `PAYLOAD_TOO_LARGE`, as soon as too much has been read.
 */
export async function readLimited(
  body: ReadableStream<Uint8Array> | null,
  largest: number = LARGEST_BODY,
): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > largest) throw tooLarge(largest);
    chunks.push(chunk);
  }
  return concatBytes(...chunks);
}

const tooLarge = (largest: number) =>
  new Problem('PAYLOAD_TOO_LARGE', { detail: `A body may have ${largest} bytes at most` });
