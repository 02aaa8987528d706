import { isObject, type JsonObject, parseJson, textOf } from '../../client/src/common/json.ts';
import { fromUtf8 } from '../../shared/bytes.ts';
import { Flag, hasFlag } from '../../shared/hub-protocol/frame.ts';
import { guidToText } from '../../shared/hub-protocol/guid.ts';
import { isResponseName, RESPONSE_CODES } from '../../shared/hub-protocol/response-codes.ts';

export type FrameKind = 'request' | 'response' | 'event' | 'control';

/** A one-line summary of a frame. */
export type Summary = { readonly kind: FrameKind; readonly name: string };

const RESPONSE_BYTES = 16;
const REQUEST_BYTES = 31;
/** The prefix of the names of the hub's own events. */
const HUB_EVENT_PREFIX = 'connect.';

/** A text frame is a ping or its answer. */
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
  return eventName?.startsWith(HUB_EVENT_PREFIX) === true ? 'control' : 'event';
}

/** The payload of an event; `undefined` if the frame is not an event, or cannot be read. */
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

type FieldName = 'flags' | 'channel' | 'sequence' | 'guid' | 'messageId' | 'code' | 'payload';

/** A field of a frame with its value as text. */
export type Field = {
  readonly name: FieldName;
  readonly offset: number;
  readonly length: number;
  readonly value: string;
};

/** Finds the name of a GUID. */
export type NameOf = (guid: string) => string | undefined;

type Layout = readonly (readonly [FieldName, number])[];

const START: Layout = [
  ['flags', 1],
  ['channel', 2],
  ['sequence', 4],
];
const REQUEST: Layout = [...START, ['guid', 16], ['messageId', 8]];
const RESPONSE: Layout = [...START, ['messageId', 8], ['code', 1]];

/** The fields of a frame. Of a frame that is too short, it returns the complete ones. */
export function frameFields(bytes: Uint8Array, nameOf: NameOf): readonly Field[] {
  const flags = bytes[0] ?? 0;
  const fields: Field[] = [];
  let offset = 0;
  for (const [name, length] of hasFlag(flags, Flag.response) ? RESPONSE : REQUEST) {
    if (offset + length > bytes.length) break;
    const value = valueOf(name, bytes.subarray(offset, offset + length), flags, nameOf);
    fields.push({ name, offset, length, value });
    offset += length;
  }
  const length = bytes.length - offset;
  return length === 0 ? fields : [...fields, { name: 'payload', offset, length, value: '' }];
}

export const payloadOf = (bytes: Uint8Array): Uint8Array =>
  bytes.subarray(hasFlag(bytes[0] ?? 0, Flag.response) ? 16 : 31);

/** The names of the flags that are set, and the bits without a name. */
export function flagNames(flags: number): readonly string[] {
  const named = Object.entries(Flag).filter(([, bit]) => hasFlag(flags, bit));
  const rest = named.reduce((left, [, bit]) => left & ~bit, flags);
  return [...named.map(([name]) => name), ...(rest === 0 ? [] : [`reserved ${hexByte(rest)}`])];
}

/** `51 Service_NotFound` */
export function codeName(code: number): string {
  const name = Object.keys(RESPONSE_CODES).find(
    (one) => isResponseName(one) && RESPONSE_CODES[one].code === code,
  );
  return name === undefined ? String(code) : `${code} ${name}`;
}

/** The kinds of description, by the channel of a meta request. */
const META_KINDS = ['information', 'request schema', 'response schema', 'all'];

/** The text of the fields that are not numbers. */
const VALUE_TEXT: Readonly<
  Partial<Record<FieldName, (bytes: Uint8Array, flags: number, nameOf: NameOf) => string>>
> = {
  flags: (_, flags) => [`0x${hexByte(flags)}`, ...flagNames(flags)].join(' '),
  channel: (bytes, flags) => channelText(Number(integer(bytes)), flags),
  guid: (bytes, _, nameOf) => guidText(guidToText(bytes), nameOf),
  code: ([code = 0]) => codeName(code),
};

const valueOf = (name: FieldName, bytes: Uint8Array, flags: number, nameOf: NameOf): string =>
  VALUE_TEXT[name]?.(bytes, flags, nameOf) ?? String(integer(bytes));

function channelText(channel: number, flags: number): string {
  const kind = hasFlag(flags, Flag.meta) ? META_KINDS[channel] : undefined;
  return kind === undefined ? String(channel) : `${channel} ${kind}`;
}

function guidText(guid: string, nameOf: NameOf): string {
  const name = nameOf(guid);
  return name === undefined ? guid : `${guid} ${name}`;
}

export const hexByte = (byte: number): string => byte.toString(16).padStart(2, '0');

const integer = (bytes: Uint8Array): bigint => BigInt(`0x${Array.from(bytes, hexByte).join('')}`);

/** `undefined` if the bytes are not UTF-8. */
export function textOfBytes(bytes: Uint8Array): string | undefined {
  try {
    return fromUtf8(bytes);
  } catch {
    return undefined;
  }
}

/** Characters. */
const MAX_CHARACTERS = 65_536;

/**
 * The payload of a frame as text, with JSON indented.
 *
 * @returns `undefined` if there is no payload, or it is not text.
 */
export function payloadText(frame: Uint8Array): string | undefined {
  const payload = payloadOf(frame);
  const isBytes = ((frame[0] ?? 0) & (Flag.binary | Flag.compressed)) !== 0;
  if (isBytes || payload.length === 0) return undefined;
  const text = textOfBytes(payload);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  const shown = value === undefined ? text : JSON.stringify(value, null, 2);
  return shown.length > MAX_CHARACTERS ? `${shown.slice(0, MAX_CHARACTERS)}…` : shown;
}

export type HexRow = {
  /** `0010` */
  readonly offset: string;
  /** Adjacent bytes of one field each. */
  readonly runs: readonly { readonly field: FieldName | undefined; readonly hex: string }[];
  /** The printable characters, and a dot for each other byte. */
  readonly ascii: string;
};

const WIDTH = 16;

/** A hex dump in rows of 16 bytes, each byte with its field. */
export function hexRows(bytes: Uint8Array, fields: readonly Field[]): readonly HexRow[] {
  const rows: HexRow[] = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const part = bytes.subarray(at, at + WIDTH);
    rows.push({
      offset: at.toString(16).padStart(4, '0'),
      runs: runsOf(part, at, fields),
      ascii: Array.from(part, printable).join(''),
    });
  }
  return rows;
}

function runsOf(part: Uint8Array, from: number, fields: readonly Field[]): HexRow['runs'] {
  const runs: { field: FieldName | undefined; hex: string }[] = [];
  for (const [index, byte] of part.entries()) {
    const field = fieldAt(from + index, fields);
    const last = runs.at(-1);
    if (last !== undefined && last.field === field) last.hex += ` ${hexByte(byte)}`;
    else runs.push({ field, hex: hexByte(byte) });
  }
  return runs;
}

const fieldAt = (at: number, fields: readonly Field[]): FieldName | undefined =>
  fields.find(({ offset, length }) => at >= offset && at < offset + length)?.name;

const printable = (byte: number): string =>
  byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';

const HEX_PAIRS = /^(?:[0-9a-f]{2})*$/i;

/** Reads hexadecimal with or without spaces. Returns `undefined` for other text. */
export function readHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '');
  if (!HEX_PAIRS.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
