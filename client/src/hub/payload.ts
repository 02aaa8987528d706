import { fromUtf8, utf8 } from '../../../shared/bytes.ts';
import { parseJson } from '../common/json.ts';

const EMPTY = new Uint8Array();

/** Encodes JSON; `undefined` becomes an empty payload. */
export const toPayload = (value: unknown): Uint8Array =>
  value === undefined ? EMPTY : utf8(JSON.stringify(value));

/** Parses JSON; returns `undefined` for an empty payload and for one that is not JSON. */
export function fromPayload(payload: Uint8Array): unknown {
  if (payload.length === 0) return undefined;
  try {
    return parseJson(fromUtf8(payload));
  } catch {
    return undefined;
  }
}
