import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { append, EMPTY_PAGE, read } from '../../durable-objects/revocation-log/revocation-log.ts';
import type { Revocation, RevocationPage } from '../../shared/contracts/revocation.ts';
import { MemoryRevocationStore } from '../support/memory-revocation-store.ts';

// Few ids and expiries, so that entries meet, are prolonged and expire.
const entry: fc.Arbitrary<Revocation> = fc.record({
  kind: fc.constantFrom('session', 'token'),
  id: fc.constantFrom('a', 'b', 'c'),
  expiresAt: fc.integer({ min: 1, max: 12 }),
});
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('append'),
      entries: fc.array(entry, { maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('poll'), limit: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('pass') }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('sweep') }) },
  // The log is lost and begins again, or was restored from a backup of its first moment.
  { weight: 1, arbitrary: fc.record({ type: fc.constant('lose') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('rewind') }) },
);
const steps = fc.array(step, { maxLength: 40, size: 'max' });

const keyOf = ({ kind, id }: Revocation) => `${kind} ${id}`;

/** Follows a log as `SPEC.md` says. */
class Reader {
  held = new Map<string, number>();
  #epoch = '';
  #position = 0;

  poll(readPage: (after: number) => RevocationPage): void {
    for (let more = true; more; ) {
      const asked = this.#position;
      const page = readPage(asked);
      const isGone = page.epoch !== this.#epoch || page.position < asked;
      if (isGone) this.held.clear();
      this.#epoch = page.epoch;
      this.#position = isGone && asked > 0 ? 0 : page.position;
      if (isGone && asked > 0) continue;
      for (const each of page.entries) this.held.set(keyOf(each), each.expiresAt);
      more = page.more;
    }
  }
}

it('[RL1-RL7] a reader holds exactly what the log says, whatever happens in between', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      let epochs = 0;
      let log: MemoryRevocationStore | undefined;
      let truth = new Map<string, number>();
      let now = 0;
      const reader = new Reader();
      const open = () => {
        epochs += 1;
        return new MemoryRevocationStore(`epoch-${epochs}`);
      };

      for (const taken of sequence) {
        switch (taken.type) {
          case 'append':
            log ??= open();
            append(log, taken.entries, now);
            for (const each of taken.entries) {
              const known = truth.get(keyOf(each)) ?? 0;
              if (each.expiresAt > now) truth.set(keyOf(each), Math.max(known, each.expiresAt));
            }
            break;
          case 'pass':
            now += 1;
            break;
          case 'sweep':
            log?.removeExpired(now);
            break;
          case 'lose':
            log = undefined;
            truth = new Map();
            break;
          case 'rewind':
            // The same epoch, emptied. A reader that asks now finds the log behind its position.
            if (log !== undefined) {
              const rewound = new MemoryRevocationStore(log.epoch());
              reader.poll((after) => read(rewound, after));
              log = rewound;
              truth = new Map();
            }
            break;
          case 'poll': {
            const { limit } = taken;
            reader.poll((after) => (log === undefined ? EMPTY_PAGE : read(log, after, limit)));
            const alive = (entries: Map<string, number>) =>
              new Map([...entries].filter(([, expiresAt]) => expiresAt > now).toSorted());
            expect(alive(reader.held)).toEqual(alive(truth));
            break;
          }
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

it('[RL2] appending the same again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
      const log = new MemoryRevocationStore('epoch');
      append(log, entries, 3);
      const before = read(log, 0);
      append(log, entries, 3);
      expect(read(log, 0)).toEqual(before);
    }),
    { numRuns: 300 },
  );
});

it('[RL6] pages give every entry once, however small they are', () => {
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      (all, limit) => {
        const log = new MemoryRevocationStore('epoch');
        append(log, all, 0);
        const seen: Revocation[] = [];
        let page = read(log, 0, limit);
        for (; page.more; page = read(log, page.position, limit)) {
          expect(page.entries).toHaveLength(limit);
          seen.push(...page.entries);
        }
        seen.push(...page.entries);
        expect(seen).toEqual(read(log, 0).entries);
        expect(page.position).toBe(log.head());
      },
    ),
    { numRuns: 300 },
  );
});
