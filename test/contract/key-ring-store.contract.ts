import { describe, it } from 'vitest';

import type { KeyRingStore } from '../../durable-objects/key-ring/key-ring.ts';
import { aNextKey } from '../support/key-ring-fixture.ts';

/** Gives `use` an empty store. */
export type WithStore = (use: (store: KeyRingStore) => void) => Promise<void>;

/** What every {@link KeyRingStore} does. */
export function keyRingStoreContract(name: string, withStore: WithStore): void {
  describe(`KeyRingStore contract: ${name}`, () => {
    it('is empty at first', async ({ expect }) => {
      await withStore((store) => expect(store.keys()).toEqual([]));
    });

    it('returns keys as they were added, oldest version first', async ({ expect }) => {
      await withStore((store) => {
        store.add(aNextKey('b', 2));
        store.activate('b', 7);
        store.add(aNextKey('a', 1));
        expect(store.keys()).toEqual([
          aNextKey('a', 1),
          { ...aNextKey('b', 2), state: 'current', activatedAt: 7 },
        ]);
      });
    });

    it('[KR14] destroys the wrapped private key of a retired key', async ({ expect }) => {
      await withStore((store) => {
        store.add(aNextKey('a', 1));
        store.activate('a', 7);
        store.retire('a', 9);
        const { wrapped: _destroyed, ...rest } = aNextKey('a', 1);
        expect(store.keys()).toEqual([
          { ...rest, state: 'previous', activatedAt: 7, expiresAt: 9 },
        ]);
      });
    });

    it('activates a next key only, and retires a current key only', async ({ expect }) => {
      await withStore((store) => {
        store.add(aNextKey('a', 1));
        store.retire('a', 9);
        expect(store.keys()).toEqual([aNextKey('a', 1)]);
        store.activate('a', 7);
        store.activate('a', 8);
        expect(store.keys()).toMatchObject([{ state: 'current', activatedAt: 7 }]);
      });
    });

    it('removes the named key and no other', async ({ expect }) => {
      await withStore((store) => {
        store.add(aNextKey('a', 1));
        store.activate('a', 7);
        store.add(aNextKey('b', 2));
        store.remove('a');
        store.remove('unknown');
        expect(store.keys()).toEqual([aNextKey('b', 2)]);
      });
    });
  });
}
