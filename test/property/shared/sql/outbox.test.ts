import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { seconds } from '../../../../shared/clock.ts';
import { Outbox } from '../../../../shared/sql/outbox.ts';
import { MemoryOutboxStore } from '../../../support/memory-outbox-store.ts';

type Name = 'together' | 'apart';

type Step =
  | { readonly kind: 'add'; readonly to: Name }
  | { readonly kind: 'switch'; readonly isDown: boolean }
  | { readonly kind: 'fire' | 'die' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      to: fc.constantFrom<Name>('together', 'apart'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('switch' as const), isDown: fc.boolean() }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('fire' as const, 'die' as const) }) },
);

/** An object with its storage: the rows and the timer survive its death, an instance does not. */
class ObjectFixture {
  now = 1_000_000;
  isDown = false;
  added = 0;
  readonly received = new Set<unknown>();
  readonly #store = new MemoryOutboxStore<Name>();
  #timer: number | undefined;
  #dies = false;
  #outbox = this.#wake();

  async take(taken: Step): Promise<void> {
    if (taken.kind === 'switch') this.isDown = taken.isDown;
    else if (taken.kind === 'add') {
      this.added += 1;
      this.#store.add({
        destination: taken.to,
        payload: this.added,
        dueAt: this.now,
        expiresAt: null,
      });
      await this.#outbox.dispatch();
    } else {
      this.#dies = taken.kind === 'die' && this.#timer !== undefined;
      await this.fire();
    }
  }

  /** Fires the timer. Returns whether there was one. */
  async fire(): Promise<boolean> {
    if (this.#timer === undefined) return false;
    this.now = Math.max(this.now, this.#timer);
    void this.#outbox.deliver();
    await settled();
    if (this.#dies) this.#outbox = this.#wake();
    this.#dies = false;
    return true;
  }

  #wake(): Outbox<Name> {
    const timers = {
      set: async (_: 'outbox', at: number) => void (this.#timer = at),
      cancel: async () => void (this.#timer = undefined),
    };
    const destination = {
      event: 'test',
      limit: seconds(1),
      send: async (deliveries: readonly { readonly payload: unknown }[]) => {
        if (this.isDown) throw new Error('Cannot reach it: switched off by a test');
        // An object that dies while it sends does not live to see an answer.
        if (this.#dies) return new Promise<void>(() => {});
        for (const { payload } of deliveries) this.received.add(payload);
        return undefined;
      },
    };
    return new Outbox<Name>({
      store: this.#store,
      timers,
      destinations: { together: destination, apart: { ...destination, isolated: true } },
      clock: () => this.now,
      log: () => {},
      waitUntil: () => {},
    });
  }
}

/** Lets every attempt end that ends at all. */
async function settled(): Promise<void> {
  for (let n = 0; n < 50; n += 1) await Promise.resolve();
}

// Attempts of objects that died are never over.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

it('Outbox delivers everything at least once despite failures and evictions, and then has no timer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const object = new ObjectFixture();
      for (const each of steps) await object.take(each);
      object.isDown = false;
      for (let n = 0; await object.fire(); n += 1) expect(n).toBeLessThan(100);
      expect([...object.received].toSorted((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: object.added }, (_, index) => index + 1),
      );
    }),
    { numRuns: 200 },
  );
});
