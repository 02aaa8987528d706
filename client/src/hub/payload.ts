import { fromUtf8, utf8 } from '../../../shared/bytes.ts';
import { parseJson } from '../common/json.ts';

const EMPTY = new Uint8Array();

/** JSON as it goes on the wire; nothing for `undefined`. */
export const toPayload = (value: unknown): Uint8Array =>
  value === undefined ? EMPTY : utf8(JSON.stringify(value));

/** JSON as it came; `undefined` for nothing, and for what is no JSON. */
export function fromPayload(payload: Uint8Array): unknown {
  if (payload.length === 0) return undefined;
  try {
    return parseJson(fromUtf8(payload));
  } catch {
    return undefined;
  }
}
