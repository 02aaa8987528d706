import { describe, it } from 'vitest';

import type { NewDelivery, OutboxStore } from '../../shared/sql/outbox.ts';

type Name = 'a' | 'b';
type WithStore = (test: (store: OutboxStore<Name>) => void) => Promise<void>;

const to = (destination: Name, payload: unknown = {}): NewDelivery<Name> => ({
  destination,
  payload,
  dueAt: 5,
  expiresAt: null,
});

const numberOf = (store: OutboxStore<Name>, index: number): number =>
  store.waiting().at(index)?.seq ?? 0;

/** What every {@link OutboxStore} does. Registered once per implementation. */
export function outboxStoreContract(name: string, withStore: WithStore): void {
  describe(`OutboxStore contract: ${name}`, () => {
    it('returns deliveries in order, as they were added', ({ expect }) =>
      withStore((store) => {
        expect(store.waiting()).toEqual([]);
        const added = [
          to('b', { text: 'it’s "quoted"', list: [1, null, true] }),
          { ...to('a', 'text'), dueAt: 0, expiresAt: 1_800_000_000_123 },
        ];
        for (const each of added) store.add(each);
        expect(store.waiting()).toEqual(
          added.map((each) => ({ ...each, attempts: 0, seq: expect.any(Number) })),
        );
      }));

    it('keeps deliveries in order and counts their attempts', ({ expect }) =>
      withStore((store) => {
        store.add(to('a'));
        store.add(to('b'));
        const [first, second] = store.waiting();
        store.postpone(second?.seq ?? 0, 8);
        store.postpone(second?.seq ?? 0, 9);
        expect(store.waiting()).toEqual([first, { ...second, attempts: 2, dueAt: 9 }]);
        store.remove(first?.seq ?? 0);
        store.postpone(first?.seq ?? 0, 9);
        expect(store.waiting()).toEqual([{ ...second, attempts: 2, dueAt: 9 }]);
      }));

    it('replaces the deliveries to one destination, and no others', ({ expect }) =>
      withStore((store) => {
        for (const each of [to('a', 1), to('b', 2), to('a', 3)]) store.add(each);
        const before = store.waiting();
        store.postpone(numberOf(store, 0), 9);
        store.replace(to('a', 4));
        expect(store.waiting()).toMatchObject([
          { destination: 'b', payload: 2 },
          { destination: 'a', payload: 4, attempts: 0, dueAt: 5 },
        ]);
        expect(before.map(({ seq }) => seq)).not.toContain(numberOf(store, 1));
      }));

    it('never gives the number of a delivery twice', ({ expect }) =>
      withStore((store) => {
        const seen = new Set<number>();
        for (let n = 0; n < 3; n += 1) {
          store.add(to('a'));
          const seq = numberOf(store, -1);
          store.remove(seq);
          store.postpone(seq, 9);
          seen.add(seq);
        }
        expect(seen.size).toBe(3);
        expect(store.waiting()).toEqual([]);
      }));
  });
}
