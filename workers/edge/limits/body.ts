import { type Bytes, concatBytes } from '../../../shared/bytes.ts';
import { Problem } from '../../../shared/http/problem.ts';

/** The longest body of a request in bytes, if its route does not allow more. */
const LARGEST_BODY = 65_536;

/**
 * Refuses a request that announces too large a body.
 *
 * @returns The announced length. `undefined` if there is no body, or it is chunked.
 * @throws {Problem} `PAYLOAD_TOO_LARGE`
 */
export function announcedLength(
  headers: Headers,
  largest: number = LARGEST_BODY,
): number | undefined {
  const announced = headers.get('content-length');
  if (announced === null) return undefined;
  const length = Number(announced);
  // This comparison also refuses NaN.
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
