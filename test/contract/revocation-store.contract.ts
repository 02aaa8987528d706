import { describe, it } from 'vitest';

import type { RevocationStore } from '../../durable-objects/revocation-log/revocation-log.ts';

/** What every {@link RevocationStore} of epoch `epoch-1` does. Registered once per implementation. */
export function revocationStoreContract(
  name: string,
  withStore: (test: (store: RevocationStore) => void) => Promise<void>,
): void {
  describe(`RevocationStore contract: ${name}`, () => {
    it('is empty at first', ({ expect }) =>
      withStore((store) => {
        expect(store.epoch()).toBe('epoch-1');
        expect(store.head()).toBe(0);
        expect(store.find('session', 'a')).toBeUndefined();
        expect(store.after(0, 9)).toEqual([]);
        expect(store.nextExpiry()).toBeUndefined();
      }));

    it('finds an entry by kind and id together', ({ expect }) =>
      withStore((store) => {
        store.add({ kind: 'session', id: 'a', expiresAt: 5 });
        store.add({ kind: 'token', id: 'a', expiresAt: 4 });
        expect(store.find('session', 'a')).toEqual({
          position: 1,
          kind: 'session',
          id: 'a',
          expiresAt: 5,
        });
        expect(store.find('token', 'a')?.position).toBe(2);
        expect(store.find('token', 'b')).toBeUndefined();
        expect(store.nextExpiry()).toBe(4);
      }));

    it('reads on after a position, in order, up to a limit', ({ expect }) =>
      withStore((store) => {
        for (const id of ['c', 'a', 'b']) store.add({ kind: 'token', id, expiresAt: 9 });
        const idsAfter = (position: number, limit: number) =>
          store.after(position, limit).map((entry) => entry.id);
        expect(idsAfter(0, 9)).toEqual(['c', 'a', 'b']);
        expect(idsAfter(1, 1)).toEqual(['a']);
        expect(idsAfter(3, 9)).toEqual([]);
        expect(idsAfter(99, 9)).toEqual([]);
      }));

    it('never gives a position twice', ({ expect }) =>
      withStore((store) => {
        for (const id of ['a', 'b', 'c']) store.add({ kind: 'token', id, expiresAt: 9 });
        store.remove(3);
        store.removeExpired(9);
        expect(store.after(0, 9)).toEqual([]);
        expect(store.head()).toBe(3);
        store.add({ kind: 'token', id: 'a', expiresAt: 9 });
        expect(store.find('token', 'a')?.position).toBe(4);
        expect(store.head()).toBe(4);
      }));

    it('removes what has expired by now, and nothing else', ({ expect }) =>
      withStore((store) => {
        for (const expiresAt of [4, 5, 6]) {
          store.add({ kind: 'session', id: `${expiresAt}`, expiresAt });
        }
        store.removeExpired(5);
        expect(store.after(0, 9).map((entry) => entry.id)).toEqual(['6']);
        expect(store.nextExpiry()).toBe(6);
      }));
  });
}
