import * as fc from 'fast-check';
import { describe, it } from 'vitest';

import type { Entry, QueueStore } from '../../durable-objects/queue/queue.ts';
import { MemoryQueueStore } from '../support/memory-queue-store.ts';

/** `reopen` makes the store again from what it stored. */
type WithStore = (test: (store: QueueStore, reopen: () => QueueStore) => void) => Promise<void>;

const waiting = (sessionId: string, place: number, until = 100): Entry => ({
  as: 'waiting',
  sessionId,
  place,
  joinedAt: 5,
  position: 3,
  until,
});
const granted = (sessionId: string, until = 100): Entry => ({
  as: 'granted',
  sessionId,
  place: 7,
  grantId: 'g',
  until,
});
const seated = (sessionId: string, until = 100): Entry => ({
  as: 'seated',
  sessionId,
  holders: [{ id: 'h', until }],
  until,
});

const SESSIONS = ['a', 'b', 'c', 'd', 'e', 'f'];

type Step = readonly [
  what: 'wait' | 'keep' | 'grant' | 'seat' | 'remove' | 'expire',
  sessionId: string,
  until: number,
];

const steps = fc.array(
  fc.tuple(
    fc.constantFrom('wait', 'keep', 'grant', 'seat', 'remove', 'expire' as const),
    fc.constantFrom(...SESSIONS),
    fc.nat({ max: 20 }),
  ),
  { maxLength: 60 },
);

function apply(store: QueueStore, [what, sessionId, until]: Step): void {
  const entry = store.find(sessionId);
  if (what === 'wait' && entry === undefined) {
    store.save(waiting(sessionId, store.lastPlace() + 1, until));
  }
  if (what === 'keep' && entry?.as === 'waiting') store.save({ ...entry, until });
  if (what === 'grant') store.save(granted(sessionId, until));
  if (what === 'seat') store.save(seated(sessionId, until));
  if (what === 'remove') store.remove(sessionId);
  if (what === 'expire') store.removeExpired(until, 1_000);
}

const pictureOf = (store: QueueStore) => ({
  entries: SESSIONS.map((sessionId) => store.find(sessionId)),
  held: store.held(),
  waiting: store.waiting(),
  line: SESSIONS.map((_, index) => store.placeAt(index)),
  ahead: [0, 1, 2, 3, 5, 8, 100].map((place) => store.ahead(place)),
  last: store.lastPlace(),
  next: store.nextExpiry(),
});

/** What every {@link QueueStore} does. Registered once per implementation. */
export function queueStoreContract(name: string, withStore: WithStore): void {
  describe(`QueueStore contract: ${name}`, () => {
    it('returns what was stored', ({ expect }) =>
      withStore((store, reopen) => {
        for (const entry of [waiting('a', 1), granted('b'), seated('c')]) {
          store.save(entry);
          expect(store.find(entry.sessionId)).toEqual(entry);
          expect(reopen().find(entry.sessionId)).toEqual(entry);
        }
        expect(store.find('d')).toBeUndefined();
      }));

    it('keeps what an administrator changed', ({ expect }) =>
      withStore((store, reopen) => {
        expect(store.overrides()).toEqual({ capacity: null, paused: false, releasedTo: 0 });
        for (const overrides of [
          { capacity: 5, paused: true, releasedTo: 9 },
          { capacity: null, paused: false, releasedTo: 10 },
        ]) {
          store.saveOverrides(overrides);
          expect([store.overrides(), reopen().overrides()]).toEqual([overrides, overrides]);
        }
      }));

    it('removes what expired first, up to a limit', ({ expect }) =>
      withStore((store) => {
        store.save(seated('a', 3));
        store.save(waiting('b', 1, 1));
        store.save(granted('c', 2));
        store.removeExpired(2, 1);
        expect([store.find('b'), store.held(), store.waiting()]).toEqual([undefined, 2, 0]);
        store.removeExpired(2, 9);
        expect([store.find('c'), store.nextExpiry()]).toEqual([undefined, 3]);
      }));

    it('[Q4] counts positions like a store that always counts all entries, also after a restart', ({
      expect,
    }) =>
      fc.assert(
        fc.asyncProperty(steps, (all) =>
          withStore((store, reopen) => {
            const model = new MemoryQueueStore();
            for (const step of all) {
              apply(store, step);
              apply(model, step);
              expect(pictureOf(store)).toEqual(pictureOf(model));
            }
            expect(pictureOf(reopen())).toEqual(pictureOf(model));
          }),
        ),
        { numRuns: 30 },
      ));
  });
}
