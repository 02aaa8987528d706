import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../../shared/bytes.ts';
import { admitFrame, decodeFrame } from '../../../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../../../shared/hub-protocol/encode-frame.ts';
import type { Frame } from '../../../../shared/hub-protocol/frame.ts';
import { guidFromText, guidToText } from '../../../../shared/hub-protocol/guid.ts';

const hex = (text: string) => Uint8Array.fromHex(text.replaceAll(/\s/g, ''));

const GUID = '0ec5068d-64d2-4853-9976-ebc66d694536';
const LIMITS = { maxChannel: 1_000, maxPayloadBytes: 64 };

/** The reference design's own vectors (A1.7), then one for each flag and each field at its widest. */
const VECTORS: readonly (readonly [name: string, wire: string, frame: Frame])[] = [
  [
    'a request with a JSON payload',
    '00 0000 00000001 0ec5068d64d248539976ebc66d694536 0123456789abcdef 7b226163636f756e744964223a2278227d',
    {
      kind: 'request',
      flags: 0x00,
      channel: 0,
      sequence: 1,
      guid: GUID,
      messageId: 0x0123456789abcdefn,
      payload: utf8('{"accountId":"x"}'),
    },
  ],
  [
    'a response with code 51',
    '40 0000 00000001 0123456789abcdef 33',
    {
      kind: 'response',
      flags: 0x40,
      channel: 0,
      sequence: 1,
      messageId: 0x0123456789abcdefn,
      code: 51,
      payload: new Uint8Array(),
    },
  ],
  [
    'a meta request for everything',
    '80 0003 00000001 0ec5068d64d248539976ebc66d694536 0123456789abcdef',
    {
      kind: 'request',
      flags: 0x80,
      channel: 3,
      sequence: 1,
      guid: GUID,
      messageId: 0x0123456789abcdefn,
      payload: new Uint8Array(),
    },
  ],
  [
    'an event from the hub',
    '10 0000 00000007 00000000000000000000000000000000 0000000000000000 7b7d',
    {
      kind: 'request',
      flags: 0x10,
      channel: 0,
      sequence: 7,
      guid: '00000000-0000-0000-0000-000000000000',
      messageId: 0n,
      payload: utf8('{}'),
    },
  ],
  [
    'a binary broadcast with every field at its widest',
    '21 ffff ffffffff ffffffffffffffffffffffffffffffff ffffffffffffffff 00ff',
    {
      kind: 'request',
      flags: 0x21,
      channel: 0xffff,
      sequence: 0xffff_ffff,
      guid: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
      messageId: 0xffff_ffff_ffff_ffffn,
      payload: hex('00ff'),
    },
  ],
  [
    'a compressed binary meta response',
    'c5 0102 03040506 0708090a0b0c0d0e 00 0f',
    {
      kind: 'response',
      flags: 0xc5,
      channel: 0x0102,
      sequence: 0x03040506,
      messageId: 0x0708090a0b0c0d0en,
      code: 0,
      payload: hex('0f'),
    },
  ],
];

const request = (change: Partial<Frame>): Frame => ({ ...VECTORS[0]?.[2], ...change }) as Frame;

describe('the frame codec', () => {
  it.each(VECTORS)('writes %s', (_, wire, frame) => {
    expect(encodeFrame(frame).toHex()).toBe(hex(wire).toHex());
  });

  it.each(VECTORS)('reads %s', (_, wire, frame) => {
    expect(decodeFrame(hex(wire))).toEqual({ ok: true, value: frame });
  });

  it('reads a frame that lies inside a larger buffer', () => {
    const [, wire = ''] = VECTORS[0] ?? [];
    const padded = hex(`aa${wire}`).subarray(1);
    expect(decodeFrame(padded)).toMatchObject({ value: { messageId: 0x0123456789abcdefn } });
  });

  it('keeps a message id that a number would round', () => {
    const [, wire = ''] = VECTORS[0] ?? [];
    const odd = hex(wire.replace('0123456789abcdef', '0020000000000001'));
    expect(decodeFrame(odd)).toMatchObject({ value: { messageId: 9_007_199_254_740_993n } });
  });

  it.each([
    ['nothing', ''],
    ['a request of 30 bytes', '00'.repeat(30)],
    ['a response of 15 bytes', `40${'00'.repeat(14)}`],
  ])('[H11] refuses %s, and repeats nothing of it', (_, wire) => {
    expect(decodeFrame(hex(wire))).toEqual({
      ok: false,
      error: { answer: 'RequestError', flags: 0, channel: 0, sequence: 0, messageId: 0n },
    });
  });

  it.each([0x02, 0x08, 0x0a, 0x42, 0x48, 0xff])('[H11] refuses reserved flags: %i', (flags) => {
    const bytes = hex(`${flags.toString(16).padStart(2, '0')} 0005 00000006 ${'00'.repeat(64)}`);
    expect(decodeFrame(bytes)).toMatchObject({
      error: { answer: 'RequestError', channel: 5, sequence: 6 },
    });
  });

  it.each<[string, Partial<Frame>]>([
    ['flags of nine bits', { flags: 0x100 }],
    ['a reserved flag', { flags: 0x02 }],
    ["the other layout's flag", { flags: 0x40 }],
    ['a channel of 17 bits', { channel: 0x10000 }],
    ['a negative sequence', { sequence: -1 }],
    ['a fraction', { sequence: 0.5 }],
    ['a message id of 65 bits', { messageId: 1n << 64n }],
    ['a negative message id', { messageId: -1n }],
  ])('does not write %s', (_, change) => {
    const [, , frame] = VECTORS[0] ?? [];
    expect(() => encodeFrame({ ...frame, ...change } as Frame)).toThrow(TypeError);
  });

  it('does not write a malformed GUID', () => {
    const [, , frame] = VECTORS[0] ?? [];
    expect(() => encodeFrame({ ...frame, guid: 'x' } as Frame)).toThrow(TypeError);
  });
});

describe('what a client may send', () => {
  it('admits the highest channel and the largest payload', () => {
    const frame = request({ channel: 1_000, payload: new Uint8Array(64) });
    expect(admitFrame(frame, LIMITS)).toEqual({ ok: true, value: frame });
  });

  it.each<[string, Partial<Frame>, string]>([
    ['[H11] a compressed frame', { flags: 0x04 }, 'RequestError'],
    ['[H12] a channel above the highest', { channel: 1_001 }, 'InvalidRequestChannel'],
    ['[H12] a payload above the limit', { payload: new Uint8Array(65) }, 'RequestTooLarge'],
  ])('refuses %s', (_, change, answer) => {
    expect(admitFrame(request(change), LIMITS)).toEqual({
      ok: false,
      error: {
        answer,
        flags: change.flags ?? 0,
        channel: change.channel ?? 0,
        sequence: 1,
        messageId: 0x0123456789abcdefn,
      },
    });
  });

  it('[H12] does not read the channel of a meta request as a channel', () => {
    expect(admitFrame(request({ flags: 0x80, channel: 60_000 }), LIMITS).ok).toBe(true);
  });
});

describe('a GUID', () => {
  it('keeps the digits of its text from left to right', () => {
    expect(guidFromText(GUID)?.toHex()).toBe('0ec5068d64d248539976ebc66d694536');
    expect(guidToText(hex('0ec5068d64d248539976ebc66d694536'))).toBe(GUID);
  });

  it.each(['', GUID.replaceAll('-', ''), `{${GUID}}`, `${GUID} `, GUID.replace('0', 'g')])(
    'is not read from %j',
    (text) => {
      expect(guidFromText(text)).toBeUndefined();
    },
  );

  it('has sixteen bytes', () => {
    expect(() => guidToText(new Uint8Array(15))).toThrow(TypeError);
  });
});
