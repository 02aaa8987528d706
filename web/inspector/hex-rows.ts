import { type Field, type FieldName, hexByte } from './frame-fields.ts';

export type HexRow = {
  /** `0010` */
  readonly offset: string;
  /** Neighbouring bytes of one field each. */
  readonly runs: readonly { readonly field: FieldName | undefined; readonly hex: string }[];
  /** What is printable; a dot for what is not. */
  readonly ascii: string;
};

const WIDTH = 16;

/** Bytes as they are usually shown, each under its field. */
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

const HEX = /^(?:[0-9a-f]{2})*$/i;

/** Bytes that somebody wrote in hexadecimal, with or without spaces. `undefined` for anything else. */
export function readHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '');
  if (!HEX.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
