import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRateWindow } from '../../../../../durable-objects/hub/frames/rates.ts';
import {
  type HubLimits,
  type Meter,
  readMessage,
} from '../../../../../durable-objects/hub/frames/read-message.ts';
import { RESPONSE_CODES } from '../../../../../shared/hub-protocol/response-codes.ts';

const LIMITS: HubLimits = {
  maxChannel: 2,
  maxPayloadBytes: 4,
  messagesPerMinute: 24,
  maxInFlight: 1,
};

/** Mostly valid requests, with responses, malformed frames and text among them. */
const message = fc.oneof(
  { weight: 4, arbitrary: frameOf(fc.constantFrom(0x00, 0x01, 0x10, 0x80), 31) },
  { weight: 1, arbitrary: frameOf(fc.constant(0x40), 16) },
  { weight: 3, arbitrary: frameOf(fc.constantFrom(0x02, 0x04, 0x08), 31) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 30 }).map((bytes) => bytes.buffer) },
  { weight: 1, arbitrary: fc.string({ maxLength: 3 }) },
);

function frameOf(flags: fc.Arbitrary<number>, size: number): fc.Arbitrary<ArrayBuffer> {
  return fc.record({ flags, channel: fc.nat(3), extra: fc.nat(5) }).map(({ channel, ...frame }) => {
    const bytes = new Uint8Array(size + frame.extra);
    bytes.set([frame.flags, 0, channel]);
    return bytes.buffer;
  });
}

const fresh: Meter = { rate: newRateWindow(0), malformed: 0, text: 0 };

describe('reading a message', () => {
  it('[H13-H15] [H17] counts, refuses and closes by the rules, whatever the client sends', () => {
    const messages = fc.array(message, { minLength: 1, maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(messages, (all) => {
        let meter = fresh;
        let [malformed, text] = [0, 0];
        for (const [index, each] of all.entries()) {
          const { verdict, meter: next } = readMessage(each, meter, LIMITS, 0);
          meter = next;
          expect(verdict.kind === 'limit').toBe(index >= LIMITS.messagesPerMinute);
          if (verdict.kind === 'limit') {
            expect(verdict.first).toBe(index === 24);
            expect(verdict.close).toBe(index === 48 || index === 73);
          }
          if (verdict.kind !== 'refuse') continue;
          const { code } = RESPONSE_CODES[verdict.refusal.answer];
          expect([10, 11, 13, 14]).toContain(code);
          malformed += Number(code === 10);
          text += Number(code === 14);
          expect(verdict.close).toBe(malformed >= 10 || text >= 3);
        }
        expect(meter).toMatchObject({ malformed, text });
      }),
      { numRuns: 300 },
    );
  });

  it('[H17] passes responses on and counts them', () => {
    const { verdict, meter } = readMessage(new ArrayBuffer(16), fresh, LIMITS, 0);
    expect(verdict.kind).toBe('refuse');
    const response = new Uint8Array(16);
    response[0] = 0x40;
    const passed = readMessage(response.buffer, meter, LIMITS, 0);
    expect(passed.verdict).toMatchObject({
      kind: 'answer',
      frame: { kind: 'response', messageId: 0n },
    });
    expect(passed.meter.rate.count).toBe(2);
  });

  it('[H15] [H24] does not answer an event or a response above the rate limit', () => {
    const none = { ...LIMITS, messagesPerMinute: 0 };
    for (const [flags, size] of [
      [0x10, 31],
      [0x40, 16],
    ] as const) {
      const bytes = new Uint8Array(size);
      bytes[0] = flags;
      const { verdict } = readMessage(bytes.buffer, fresh, none, 0);
      expect(verdict).toMatchObject({ kind: 'limit', refusal: undefined, first: true });
    }
  });
});
