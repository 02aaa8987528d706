import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Outbox,
  UNACKNOWLEDGED_LIMIT,
  UNHEARD_LIMIT,
} from '../../../../../durable-objects/hub/connections/outbox.ts';
import { withoutSuperseded } from '../../../../../durable-objects/hub/streams/replay.ts';

type Step =
  | { readonly kind: 'event'; readonly bytes: number; readonly counts: boolean }
  | { readonly kind: 'acknowledge'; readonly back: number }
  | { readonly kind: 'heard' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      bytes: fc.constantFrom(1, 1_000, 300_000, 700_000, UNACKNOWLEDGED_LIMIT + 1, 12_000_000),
      counts: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('acknowledge' as const),
      back: fc.integer({ min: -3, max: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'heard' } as const) },
);

/** Lists everything that was sent, and sums up what is unacknowledged each time. */
class Model {
  acknowledges = false;
  sent: { sequence: number; bytes: number }[] = [];

  get limit(): number {
    return this.acknowledges ? UNACKNOWLEDGED_LIMIT : UNHEARD_LIMIT;
  }

  get outstanding(): number {
    return this.sent.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

describe('the outbox', () => {
  it('[H58] admits the events that the model admits, whatever is sent and acknowledged', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const [outbox, model] = [new Outbox(false), new Model()];
        let sequence = 1;
        for (const each of steps) {
          if (each.kind === 'event') {
            const next = sequence + Number(each.counts);
            const fits = model.outstanding === 0 || model.outstanding + each.bytes <= model.limit;
            expect(outbox.admit(next, each.bytes)).toBe(fits);
            if (!fits) continue;
            model.sent.push({ sequence: next, bytes: each.bytes });
            sequence = next;
          } else if (each.kind === 'acknowledge') {
            const upTo = Math.max(0, sequence - each.back);
            outbox.acknowledge(upTo);
            // Bytes that were sent before the first acknowledgement do not count.
            model.sent = model.acknowledges
              ? model.sent.filter((sent) => sent.sequence > upTo)
              : [];
            model.acknowledges = true;
          } else {
            outbox.heard();
            if (!model.acknowledges) model.sent = [];
          }
          expect(outbox.hasRoom).toBe(model.outstanding <= model.limit / 2);
          expect(outbox.acknowledges).toBe(model.acknowledges);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('[H58] records that a client acknowledges', () => {
    const outbox = new Outbox(true);
    expect(outbox.admit(2, UNACKNOWLEDGED_LIMIT)).toBe(true);
    outbox.heard();
    expect(outbox.admit(3, 1)).toBe(false);
  });

  it('[H59] holds the latest event of each key, up to a limit', () => {
    const outbox = new Outbox(true);
    const event = (latestKey: string | undefined, n: number) => ({
      frame: new Uint8Array([n]),
      latestKey,
    });
    outbox.hold(event(undefined, 0));
    for (let n = 0; n < 65; n += 1) outbox.hold(event(`k${n}`, n));
    outbox.hold(event('k1', 99));
    const held = outbox.release();
    expect(held).toHaveLength(64);
    expect(held[0]).toEqual(event('k2', 2));
    expect(held.at(-1)).toEqual(event('k1', 99));
    expect(outbox.release()).toEqual([]);
  });
});

describe('superseded events', () => {
  it('[H59] are left out, and the others keep their sequences', () => {
    const keys = fc.array(fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(keys, (all) => {
        const events = all.map((_, index) => index + 100);
        const keys = new Map(
          all.flatMap((key, index) => (key === undefined ? [] : [[index + 100, key] as const])),
        );
        const left = withoutSuperseded({ events, sequence: 7 }, keys);
        const expected = all.flatMap((key, index) => {
          const isReplaced = key !== undefined && all.lastIndexOf(key) !== index;
          return isReplaced ? [] : [{ id: index + 100, sequence: index + 7 }];
        });
        expect(left).toEqual(expected);
      }),
    );
  });
});
