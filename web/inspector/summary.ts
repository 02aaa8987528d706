import { isObject, type JsonObject, parseJson, textOf } from '../../client/src/common/json.ts';
import { Flag, hasFlag } from '../../shared/hub-protocol/frame.ts';
import { guidToText } from '../../shared/hub-protocol/guid.ts';
import { codeName, type NameOf, payloadOf, textOfBytes } from './frame-fields.ts';

export type FrameKind = 'request' | 'response' | 'event' | 'control';

/** A frame in one line. */
export type Summary = { readonly kind: FrameKind; readonly name: string };

const RESPONSE_BYTES = 16;
const REQUEST_BYTES = 31;
/** The first part of the name of every event of the hub itself. */
const OF_THE_HUB = 'connect.';

/** A text frame is a keep-alive, or its answer. */
export function summarize(frame: Uint8Array | string, nameOf: NameOf): Summary {
  if (typeof frame === 'string') return { kind: 'control', name: frame };
  const flags = frame[0] ?? 0;
  if (hasFlag(flags, Flag.response)) {
    return {
      kind: 'response',
      name: frame.length < RESPONSE_BYTES ? '' : codeName(frame[15] ?? 0),
    };
  }
  const eventName = textOf(eventOf(frame)?.['eventName']);
  const kind = kindOf(flags, eventName);
  return { kind, name: eventName ?? targetOf(frame, nameOf) };
}

function kindOf(flags: number, eventName: string | undefined): FrameKind {
  if (!hasFlag(flags, Flag.event)) return 'request';
  return eventName?.startsWith(OF_THE_HUB) === true ? 'control' : 'event';
}

/** The payload of an event. `undefined`: it is none, or it cannot be read. */
export function eventOf(frame: Uint8Array): JsonObject | undefined {
  const flags = frame[0] ?? 0;
  const mustBe = Flag.event | Flag.binary | Flag.compressed | Flag.response;
  if ((flags & mustBe) !== Flag.event) return undefined;
  const value = parseJson(textOfBytes(payloadOf(frame)) ?? '');
  return isObject(value) ? value : undefined;
}

function targetOf(frame: Uint8Array, nameOf: NameOf): string {
  if (frame.length < REQUEST_BYTES) return '';
  const guid = guidToText(frame.subarray(7, 23));
  return nameOf(guid) ?? guid;
}
