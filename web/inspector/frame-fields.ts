import { fromUtf8 } from '../../shared/bytes.ts';
import { Flag, hasFlag } from '../../shared/hub-protocol/frame.ts';
import { guidToText } from '../../shared/hub-protocol/guid.ts';
import { isResponseName, RESPONSE_CODES } from '../../shared/hub-protocol/response-codes.ts';

export type FieldName =
  | 'flags'
  | 'channel'
  | 'sequence'
  | 'guid'
  | 'messageId'
  | 'code'
  | 'payload';

/** A part of a frame, and what it says. */
export type Field = {
  readonly name: FieldName;
  readonly offset: number;
  readonly length: number;
  readonly value: string;
};

/** Gives the name of what a GUID stands for. */
export type NameOf = (guid: string) => string | undefined;

type Layout = readonly (readonly [FieldName, number])[];

const START: Layout = [
  ['flags', 1],
  ['channel', 2],
  ['sequence', 4],
];
const REQUEST: Layout = [...START, ['guid', 16], ['messageId', 8]];
const RESPONSE: Layout = [...START, ['messageId', 8], ['code', 1]];

/** Where the fields of a frame are. Of one that is too short, those that are there whole. */
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

/** The names of the flags that are set, and the bits that have none. */
export function flagNames(flags: number): readonly string[] {
  const known = Object.entries(Flag).filter(([, bit]) => hasFlag(flags, bit));
  const rest = known.reduce((left, [, bit]) => left & ~bit, flags);
  return [...known.map(([name]) => name), ...(rest === 0 ? [] : [`reserved ${hexByte(rest)}`])];
}

/** `51 Service_NotFound` */
export function codeName(code: number): string {
  const name = Object.keys(RESPONSE_CODES).find(
    (one) => isResponseName(one) && RESPONSE_CODES[one].code === code,
  );
  return name === undefined ? String(code) : `${code} ${name}`;
}

/** By the channel of a meta request. */
const META_KINDS = ['information', 'request schema', 'response schema', 'all'];

/** What a field says, where that is more than a number. */
const WORDS: Readonly<
  Partial<Record<FieldName, (bytes: Uint8Array, flags: number, nameOf: NameOf) => string>>
> = {
  flags: (_, flags) => [`0x${hexByte(flags)}`, ...flagNames(flags)].join(' '),
  channel: (bytes, flags) => channelText(Number(integer(bytes)), flags),
  guid: (bytes, _, nameOf) => guidText(guidToText(bytes), nameOf),
  code: ([code = 0]) => codeName(code),
};

const valueOf = (name: FieldName, bytes: Uint8Array, flags: number, nameOf: NameOf): string =>
  WORDS[name]?.(bytes, flags, nameOf) ?? String(integer(bytes));

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
