import { brotliDecompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressing } from '../../../../../durable-objects/hub/frames/compression.ts';
import { utf8 } from '../../../../../shared/bytes.ts';
import { decodeFrame } from '../../../../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../../../../shared/hub-protocol/encode-frame.ts';
import type { Frame } from '../../../../../shared/hub-protocol/frame.ts';
import { ZERO_GUID } from '../../../../../shared/hub-protocol/guid.ts';

const compress = compressing({ threshold: 100, quality: 1 });

const fields = { channel: 7, sequence: 8, messageId: 9n };
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 400, size: 'max' }),
  fc.string({ maxLength: 50 }).map((text) => utf8(text.repeat(20))),
);
const frame: fc.Arbitrary<Frame> = payload.chain((bytes) =>
  fc.constantFrom<Frame>(
    { ...fields, kind: 'request', flags: 0x10, guid: ZERO_GUID, payload: bytes },
    { ...fields, kind: 'response', flags: 0x41, code: 0, payload: bytes },
  ),
);

describe('the compression of frames', () => {
  it('[H19] keeps every header, and every payload after decompression by its flag', () => {
    fc.assert(
      fc.property(frame, (sent) => {
        const bytes = compress(encodeFrame(sent));
        const read = decodeFrame(bytes);
        if (!read.ok) throw new Error('Cannot read what was compressed');
        const isCompressed = (read.value.flags & 0x04) !== 0;
        const { payload: read1, ...header } = read.value;
        const plain = isCompressed ? new Uint8Array(brotliDecompressSync(read1)) : read1;
        expect(plain).toEqual(new Uint8Array(sent.payload));
        const { payload: sent1, ...expected } = sent;
        expect(header).toEqual({ ...expected, flags: sent.flags | (isCompressed ? 0x04 : 0) });
        if (isCompressed) {
          expect(sent1.length).toBeGreaterThan(100);
          expect(read1.length).toBeLessThan(sent1.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('[H19] leaves payloads that are not above the threshold or get no smaller', () => {
    const response = (bytes: Uint8Array) =>
      encodeFrame({ ...fields, kind: 'response', flags: 0x40, code: 0, payload: bytes });
    const [short, long] = [response(new Uint8Array(100)), response(new Uint8Array(101))];
    expect(compress(short)).toBe(short);
    expect(compress(long)[0]).toBe(0x44);
    const random = response(crypto.getRandomValues(new Uint8Array(1_000)));
    expect(compress(random)).toBe(random);
  });
});
