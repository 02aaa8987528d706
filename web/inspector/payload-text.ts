import { parseJson } from '../../client/src/common/json.ts';
import { Flag } from '../../shared/hub-protocol/frame.ts';
import { payloadOf, textOfBytes } from './frame-fields.ts';

/** Characters. */
const MOST = 65_536;

/**
 * The payload of a frame for people: JSON is indented, other text is as it is.
 *
 * @returns `undefined` where there is none, or where it is bytes and not text.
 */
export function payloadText(frame: Uint8Array): string | undefined {
  const payload = payloadOf(frame);
  const isBytes = ((frame[0] ?? 0) & (Flag.binary | Flag.compressed)) !== 0;
  if (isBytes || payload.length === 0) return undefined;
  const text = textOfBytes(payload);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  const shown = value === undefined ? text : JSON.stringify(value, null, 2);
  return shown.length > MOST ? `${shown.slice(0, MOST)}…` : shown;
}
