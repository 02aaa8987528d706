import { fromBase64Url, fromUtf8, toBase64Url, utf8 } from '../bytes.ts';

/** Encodes a value for a header that only our own Workers write. */
export const toJsonHeader = (value: unknown): string => toBase64Url(utf8(JSON.stringify(value)));

// oxlint-disable typescript/no-unnecessary-type-parameters -- the caller names what it wrote
/** Reads such a header. Returns `undefined` where it is missing. Its writer is trusted with the shape. */
export function readJsonHeader<T>(headers: Headers, name: string): T | undefined {
  const bytes = fromBase64Url(headers.get(name) ?? '');
  if (bytes === undefined || bytes.length === 0) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only our own Workers can write it
  return JSON.parse(fromUtf8(bytes)) as T;
}
