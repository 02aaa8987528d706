import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { utf8 } from '../../../../shared/bytes.ts';
import { encodeFrame } from '../../../../shared/hub-protocol/encode-frame.ts';
import {
  Flag,
  type RequestFrame,
  type ResponseFrame,
} from '../../../../shared/hub-protocol/frame.ts';
import {
  codeName,
  flagNames,
  frameFields,
  hexRows,
  payloadText,
  readHex,
  summarize,
} from '../../../../web/inspector/frame.ts';

const GUID = '0ec5068d-64d2-4853-9976-ebc66d694536';
const nameOf = (guid: string) => (guid === GUID ? 'identity GET:/profile' : undefined);

const aRequest = (change: Partial<RequestFrame> = {}) =>
  encodeFrame({
    kind: 'request',
    flags: 0,
    channel: 7,
    sequence: 9,
    guid: GUID,
    messageId: 0x0123_4567_89ab_cdefn,
    payload: utf8('{"a":1}'),
    ...change,
  });

const aResponse = (change: Partial<ResponseFrame> = {}) =>
  encodeFrame({
    kind: 'response',
    flags: Flag.response,
    channel: 7,
    sequence: 9,
    messageId: 2n ** 64n - 1n,
    code: 51,
    payload: new Uint8Array(),
    ...change,
  });

const event = (eventName: string) =>
  aRequest({ flags: Flag.event, payload: utf8(JSON.stringify({ eventName })) });

const shown = (frame: Uint8Array) =>
  frameFields(frame, nameOf).map(({ name, offset, length, value }) => [
    name,
    offset,
    length,
    value,
  ]);

describe('frameFields', () => {
  it('lists the fields of a request', () => {
    expect(shown(aRequest())).toEqual([
      ['flags', 0, 1, '0x00'],
      ['channel', 1, 2, '7'],
      ['sequence', 3, 4, '9'],
      ['guid', 7, 16, `${GUID} identity GET:/profile`],
      ['messageId', 23, 8, '81985529216486895'],
      ['payload', 31, 7, ''],
    ]);
  });

  it('lists the fields of a response without a payload', () => {
    expect(shown(aResponse())).toEqual([
      ['flags', 0, 1, '0x40 response'],
      ['channel', 1, 2, '7'],
      ['sequence', 3, 4, '9'],
      ['messageId', 7, 8, '18446744073709551615'],
      ['code', 15, 1, '51 Service_NotFound'],
    ]);
  });

  it('names the kind of description that a meta request asks for', () => {
    const channelOf = (channel: number) => shown(aRequest({ flags: Flag.meta, channel }))[1]?.[3];
    expect([1, 3, 4].map(channelOf)).toEqual(['1 request schema', '3 all', '4']);
  });

  it('covers every byte once, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        let end = 0;
        for (const { offset, length } of frameFields(bytes, nameOf)) {
          expect(offset).toBe(end);
          end += length;
        }
        expect(end).toBe(bytes.length);
      }),
    );
  });

  it('shows names of flags and codes, and the bits without a name', () => {
    expect(flagNames(0)).toEqual([]);
    expect(flagNames(0x50)).toEqual(['event', 'response']);
    expect(flagNames(0x83)).toEqual(['binary', 'meta', 'reserved 02']);
    expect(codeName(0)).toBe('0 OK');
    expect(codeName(99)).toBe('99');
  });
});

describe('summarize', () => {
  it.each([
    ['ping', 'control', 'ping'],
    [aRequest(), 'request', 'identity GET:/profile'],
    [aRequest({ flags: Flag.event }), 'event', 'identity GET:/profile'],
    [aRequest({ guid: GUID.replace('0e', '0f') }), 'request', GUID.replace('0e', '0f')],
    [aResponse({ code: 0 }), 'response', '0 OK'],
    [event('trade.offer'), 'event', 'trade.offer'],
    [event('connect.gap'), 'control', 'connect.gap'],
    [new Uint8Array([0x40, 0]), 'response', ''],
    [new Uint8Array([0x10, 0]), 'event', ''],
    [new Uint8Array(), 'request', ''],
  ])('returns the kind and the name of frame %#', (frame, kind, name) => {
    expect(summarize(frame, nameOf)).toEqual({ kind, name });
  });
});

describe('a hex dump', () => {
  it('has rows of 16 bytes, each with its field', () => {
    const frame = aRequest();
    const rows = hexRows(frame, frameFields(frame, nameOf));
    expect(rows.map(({ offset }) => offset)).toEqual(['0000', '0010', '0020']);
    expect(rows[0]?.runs).toEqual([
      { field: 'flags', hex: '00' },
      { field: 'channel', hex: '00 07' },
      { field: 'sequence', hex: '00 00 00 09' },
      { field: 'guid', hex: '0e c5 06 8d 64 d2 48 53 99' },
    ]);
    expect(rows[2]?.ascii).toBe('"a":1}');
  });

  it('is read from hexadecimal only', () => {
    expect(readHex('00 fF\n10')).toEqual(new Uint8Array([0, 255, 16]));
    expect(readHex('')).toEqual(new Uint8Array());
    expect(['0', '0g', '0x00', 'ä'].map(readHex)).toEqual(Array(4).fill(undefined));
  });
});

describe('payloadText', () => {
  it('indents JSON, and returns other text unchanged', () => {
    expect(payloadText(aRequest())).toBe('{\n  "a": 1\n}');
    expect(payloadText(aRequest({ payload: utf8('{a') }))).toBe('{a');
  });

  it('is undefined for a payload that is empty, binary, compressed or not UTF-8', () => {
    const frames = [
      aResponse(),
      aRequest({ flags: Flag.binary }),
      aRequest({ flags: Flag.compressed }),
      aRequest({ payload: new Uint8Array([0xff, 0xfe]) }),
    ];
    expect(frames.map(payloadText)).toEqual(Array(4).fill(undefined));
  });

  it('cuts long text', () => {
    expect(payloadText(aRequest({ payload: utf8('x'.repeat(70_000)) }))).toHaveLength(65_537);
  });
});
