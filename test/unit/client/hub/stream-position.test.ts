import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { StreamPosition } from '../../../../client/src/hub/stream-position.ts';

type Sent = { readonly sequence: number; readonly eventId: string };

describe('StreamPosition', () => {
  it('admits each stored event once and in order, despite losses and repetitions', () => {
    const step = fc.constantFrom(
      'stored',
      'stored',
      'unstored',
      'lose',
      'return',
      'return_far' as const,
    );
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 100 }), (steps) => {
        const position = new StreamPosition();
        position.begin(1);
        const log: Sent[] = [];
        const admitted: string[] = [];
        let isConnected = true;
        let sequence = 1;
        const send = (event: Sent): void => {
          if (isConnected && position.admit(event.sequence, event.eventId)) {
            if (event.eventId.startsWith('stored')) admitted.push(event.eventId);
          }
        };
        const comeBack = (from: number): void => {
          isConnected = true;
          position.begin(Math.max(from, position.lastSequence ?? 1));
          for (const event of log.filter((one) => one.sequence > from)) send(event);
        };
        for (const [at, one] of steps.entries()) {
          if (one === 'stored') {
            sequence += 1;
            log.push({ sequence, eventId: `stored-${at}` });
            send({ sequence, eventId: `stored-${at}` });
          } else if (one === 'unstored') send({ sequence, eventId: `unstored-${at}` });
          else if (one === 'lose') isConnected = false;
          // A hub may repeat more events than the client asked for.
          else comeBack((position.lastSequence ?? 1) - (one === 'return_far' ? 3 : 0));
        }
        comeBack(position.lastSequence ?? 1);
        expect(admitted).toEqual(log.map(({ eventId }) => eventId));
      }),
    );
  });

  it('admits an event that is not stored, although its sequence is not new, but only once', () => {
    const position = new StreamPosition();
    position.begin(5);
    expect(position.admit(5, 'a')).toBe(true);
    expect(position.admit(5, 'b')).toBe(true);
    expect(position.admit(5, 'a')).toBe(false);
    expect(position.admit(4, 'c')).toBe(false);
    expect(position.admit(6, undefined)).toBe(true);
    expect(position.lastSequence).toBe(6);
  });

  it('recognizes a repetition among the last 256 events only', () => {
    const position = new StreamPosition();
    for (let at = 0; at <= 256; at += 1) position.admit(1, String(at));
    expect(position.admit(1, '0')).toBe(true);
    expect(position.admit(1, '256')).toBe(false);
  });
});
