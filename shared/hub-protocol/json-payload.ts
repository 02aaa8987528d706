import { fromUtf8 } from '../bytes.ts';

/** Parses a payload. Returns `undefined` where it is not JSON in UTF-8. */
export function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(payload));
  } catch {
    return undefined;
  }
}
