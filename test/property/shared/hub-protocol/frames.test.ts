import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { responseBytes } from '../../../../shared/hub-protocol/answer.ts';
import { admitFrame, decodeFrame } from '../../../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../../../shared/hub-protocol/encode-frame.ts';
import type { Frame } from '../../../../shared/hub-protocol/frame.ts';
import { guidFromText, guidToText, readGuid } from '../../../../shared/hub-protocol/guid.ts';
import { RESPONSE_CODES } from '../../../../shared/hub-protocol/response-codes.ts';

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const payload = fc.uint8Array({ maxLength: 8 });
const guid = bytes(16).map((b) => guidToText(b));
/** Byte 0 without the reserved bits, with or without the response bit. */
const flags = (response: boolean) =>
  fc.nat(0xff).map((byte) => (byte & 0xb5) | (response ? 0x40 : 0));
const correlation = {
  channel: fc.nat(0xffff),
  sequence: fc.nat(0xffff_ffff),
  messageId: fc.bigInt(0n, 0xffff_ffff_ffff_ffffn),
};

const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    ...correlation,
    kind: fc.constant('request' as const),
    flags: flags(false),
    guid,
    payload,
  }),
  fc.record({
    ...correlation,
    kind: fc.constant('response' as const),
    flags: flags(true),
    code: fc.nat(0xff),
    payload,
  }),
);

const LIMITS = { maxChannel: 3, maxPayloadBytes: 4 };

describe('the frame codec', () => {
  it('reads back every frame it writes', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual({ ok: true, value: frame });
      }),
    );
  });

  it('[H11] writes back every byte string it reads, and refuses the others with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 48, size: 'max' }), (wire) => {
        const read = decodeFrame(wire);
        if (read.ok) expect(encodeFrame(read.value)).toEqual(new Uint8Array(wire));
        else expect(RESPONSE_CODES[read.error.answer].code).toBe(10);
      }),
      { numRuns: 1_000 },
    );
  });

  it('[H11] refuses a frame with a truncated header, and reads one with a truncated payload', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const wire = encodeFrame(frame);
        const header = wire.length - frame.payload.length;
        for (let length = 0; length < wire.length; length += 1) {
          expect(decodeFrame(wire.subarray(0, length)).ok).toBe(length >= header);
        }
      }),
    );
  });

  it('[H11-H12] admits a frame or refuses it with its own correlation', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const admitted = admitFrame(frame, LIMITS);
        if (admitted.ok) {
          expect(frame.flags & 0x04).toBe(0);
          expect(frame.payload.length).toBeLessThanOrEqual(LIMITS.maxPayloadBytes);
        } else {
          const { channel, sequence, messageId } = frame;
          expect(admitted.error).toMatchObject({ channel, sequence, messageId });
          expect([10, 11, 13]).toContain(RESPONSE_CODES[admitted.error.answer].code);
        }
      }),
    );
  });

  it('writes a GUID with one spelling', () => {
    fc.assert(
      fc.property(bytes(16), (wire) => {
        expect(guidFromText(guidToText(wire).toUpperCase())).toEqual(new Uint8Array(wire));
      }),
    );
  });

  it('reads a GUID as another implementation does, also repeatedly', () => {
    const some = fc.array(bytes(16), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(some, fc.array(fc.nat(3), { maxLength: 12 }), fc.nat(9), (wires, order, at) => {
        for (const index of order) {
          const wire = wires[index % wires.length] ?? new Uint8Array(16);
          const bytesAround = new Uint8Array(at + 20);
          bytesAround.set(wire, at);
          // Neighbours in the cache: another GUID has the same sums.
          const swapped = Uint8Array.of(
            ...wire.subarray(12),
            ...wire.subarray(4, 12),
            ...wire.subarray(0, 4),
          );
          expect(readGuid(new DataView(bytesAround.buffer), at)).toBe(guidToText(wire));
          expect(readGuid(new DataView(swapped.buffer), 0)).toBe(guidToText(swapped));
        }
      }),
    );
  });

  it('[H25] writes the same response over a request as into new memory', () => {
    const requests = frames.filter((frame) => frame.kind === 'request');
    fc.assert(
      fc.property(requests, fc.nat(5), fc.boolean(), (frame, before, binary) => {
        const wire = encodeFrame(frame);
        const held = new Uint8Array(before + wire.length);
        held.set(wire, before);
        const read = decodeFrame(held.subarray(before));
        if (!read.ok) throw new Error('Cannot read what was encoded');
        const answer = { name: 'OK', payload: read.value.payload, binary } as const;
        const elsewhere = responseBytes(read.value, answer);
        expect(responseBytes(read.value, { ...answer, inPlace: true })).toEqual(elsewhere);
      }),
    );
  });
});
