import { toBase64Url } from '../../shared/bytes.ts';
import { CORRELATION_HEADER } from '../../shared/contracts/edge/principal.ts';

const USABLE = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * Makes a reader of correlation ids: the client's own where it is usable, else a new one.
 *
 * New ones are a counter behind 96 random bits of the isolate: unique, and as cheap as can be. They
 * are names, not secrets.
 */
export function correlationIds(
  randomBytes: (length: number) => Uint8Array,
): (headers: Headers) => string {
  // Randomness is not to be had before the first request.
  let prefix: string | undefined;
  let count = 0;
  return (headers) => {
    const given = headers.get(CORRELATION_HEADER);
    if (given !== null && USABLE.test(given)) return given;
    prefix ??= toBase64Url(randomBytes(12));
    count += 1;
    return `${prefix}.${count.toString(36)}`;
  };
}
