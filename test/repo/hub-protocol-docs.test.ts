import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';
import { CloseCode } from '../../shared/hub-protocol/close-codes.ts';
import { decodeFrame } from '../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../shared/hub-protocol/encode-frame.ts';
import { Flag, type Frame } from '../../shared/hub-protocol/frame.ts';
import { RESPONSE_CODES } from '../../shared/hub-protocol/response-codes.ts';

const page = readFileSync('docs/protocol.md', 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('|'));

/** The rows of the last table: the fields of a frame, and its bytes. */
const vectors =
  page
    .split('## Golden vectors')[1]
    ?.split('\n')
    .filter((line) => /\| `[0-9a-f]+` \|$/.test(line))
    .map(toVector) ?? [];

function toVector(row: string): { what: string; frame: Frame; bytes: string } {
  const cells = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
  const [, what = '', flags, channel, sequence, guid = '', messageId = '', code, payload = ''] =
    cells;
  const start = {
    flags: Number(flags),
    channel: Number(channel),
    sequence: Number(sequence),
    messageId: BigInt(messageId),
    payload: Uint8Array.fromHex(payload),
  };
  const frame: Frame =
    code === ''
      ? { kind: 'request', ...start, guid }
      : { kind: 'response', ...start, code: Number(code) };
  return { what, frame, bytes: cells[9] ?? '' };
}

describe('docs/protocol.md', () => {
  it.each(Object.entries(RESPONSE_CODES))('names the response %s', (name, { code }) => {
    expect(rows.some((row) => row.includes(name) && row.includes(String(code)))).toBe(true);
  });

  it.each(Object.entries(CloseCode))('names the close code of %s: %i', (_, code) => {
    expect(rows.some((row) => row.startsWith(`| ${code} `))).toBe(true);
  });

  it.each(Object.entries(Flag))('names the flag %s', (name, flag) => {
    const hex = `0x${flag.toString(16).padStart(2, '0')}`;
    expect(rows.some((row) => row.startsWith(`| ${hex} ${name} |`))).toBe(true);
  });

  it.each(vectors)('shows the bytes of $what', ({ frame, bytes }) => {
    expect(encodeFrame(frame).toHex()).toBe(bytes);
    expect(decodeFrame(Uint8Array.fromHex(bytes))).toEqual({ ok: true, value: frame });
  });

  it('shows vectors of both layouts', () => {
    expect(new Set(vectors.map(({ frame }) => frame.kind))).toEqual(
      new Set(['request', 'response']),
    );
  });
});
