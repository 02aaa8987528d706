import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import {
  dueForRotation,
  initialise,
  nextEvent,
  publishedKeys,
  readRing,
  removeExpired,
  rotate,
} from '../../../../durable-objects/key-ring/key-ring.ts';
import { aFreshKey } from '../../../support/key-ring-fixture.ts';
import { MemoryKeyRingStore } from '../../../support/key-ring-memory-store.ts';

const RETENTION = 6;
const PERIOD = 4;

/**
 * A rotation takes time (it makes a key), so it begins and commits as two steps that others can come
 * between. `fence` is an index into all kids ever seen; without one, the command takes the current.
 */
type Step =
  | { readonly do: 'initialise' }
  | { readonly do: 'wait'; readonly time: number }
  | { readonly do: 'sweep' }
  | { readonly do: 'begin alarm' }
  | { readonly do: 'begin command'; readonly fence: number | undefined }
  | { readonly do: 'commit'; readonly pending: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('initialise') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait'), time: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('begin alarm') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('begin command'), fence: fence() }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('commit'), pending: fc.nat(1) }) },
);

/** Few kids, so that stale and fresh fences are both common. */
function fence(): fc.Arbitrary<number | undefined> {
  return fc.option(fc.nat(4), { nil: undefined, freq: 2 });
}

const initialised: Step = { do: 'initialise' };
const steps = fc
  .tuple(fc.subarray([initialised]), fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }))
  .map((parts) => parts.flat());

/** What the specification says, in the plainest terms: lists of kids and dates. */
class Model {
  now = 0;
  line: string[] = [];
  activatedAt = 0;
  previous: { kid: string; expiresAt: number }[] = [];

  get current() {
    return this.line.at(-2);
  }
  get published() {
    const stored = this.previous.filter(({ expiresAt }) => this.now < expiresAt);
    return [...stored.map(({ kid }) => kid), ...this.line.slice(-2)];
  }
  get alarm() {
    const ends = this.previous.map(({ expiresAt }) => expiresAt);
    return this.line.length === 0 ? undefined : Math.min(this.activatedAt + PERIOD, ...ends);
  }
  get due() {
    return this.now >= this.activatedAt + PERIOD ? this.current : undefined;
  }
  sweep() {
    this.previous = this.previous.filter(({ expiresAt }) => this.now < expiresAt);
  }
  rotate(expected: string, fresh: string): boolean {
    if (expected !== this.current) return false;
    this.previous.push({ kid: expected, expiresAt: this.now + RETENTION });
    this.line.push(fresh);
    this.activatedAt = this.now;
    return true;
  }
}

type World = {
  readonly model: Model;
  readonly store: MemoryKeyRingStore;
  readonly pending: { expectedKid: string; kid: string }[];
  readonly newKid: () => string;
};

/** Takes one step in both backends, and says what the store should have answered. */
function take(step: Step, backend: World): void {
  const { model, store } = backend;
  switch (step.do) {
    case 'initialise':
      return takeInitialise(backend);
    case 'wait':
      model.now += step.time;
      return;
    case 'sweep':
      removeExpired(store, model.now);
      model.sweep();
      return;
    case 'begin alarm': {
      const due = dueForRotation(store, model.now, PERIOD);
      expect(due).toBe(model.due);
      return begin(due, backend);
    }
    case 'begin command':
      return begin(
        step.fence === undefined ? readRing(store)?.current.kid : (model.line[step.fence] ?? 'x'),
        backend,
      );
    case 'commit':
      return takeCommit(step.pending, backend);
  }
}

function takeInitialise({ model, store, newKid }: World): void {
  const [current, next] = [newKid(), newKid()];
  const keys = { current: aFreshKey(current), next: aFreshKey(next), now: model.now };
  expect(initialise(store, keys)).toBe(model.line.length === 0);
  if (model.line.length > 0) return;
  model.line = [current, next];
  model.activatedAt = model.now;
}

function begin(expectedKid: string | undefined, { pending, newKid }: World): void {
  if (expectedKid !== undefined) pending.push({ expectedKid, kid: newKid() });
}

function takeCommit(index: number, { model, store, pending }: World): void {
  const [rotation] = pending.splice(index, 1);
  if (rotation === undefined || model.line.length === 0) return;
  const { expectedKid, kid } = rotation;
  const request = { expectedKid, fresh: aFreshKey(kid), now: model.now, retention: RETENTION };
  expect(rotate(store, request).ok).toBe(model.rotate(expectedKid, kid));
}

it('[KR1] [KR5-KR6] [KR8-KR11] published keys, signing key and alarm agree with the model at every step', () => {
  let rotations = 0;
  fc.assert(
    fc.property(steps, (sequence) => {
      const model = new Model();
      const store = new MemoryKeyRingStore();
      let made = 0;
      const backend = { model, store, pending: [], newKid: () => `k${made++}` };

      for (const next of sequence) {
        const before = publishedKeys(store, model.now).map(({ kid }) => kid);
        const signer = readRing(store)?.current.kid;
        take(next, backend);

        const published = publishedKeys(store, model.now).map(({ kid }) => kid);
        const signing = readRing(store)?.current.kid;
        expect(published).toEqual(model.published);
        expect(signing).toBe(model.current);
        expect(nextEvent(store, PERIOD)).toBe(model.alarm);
        if (signer !== undefined && signing !== signer) {
          rotations += 1;
          expect(before).toContain(signing);
        }
      }
      const versions = store.keys().map(({ version }) => version);
      expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    }),
    { numRuns: 500 },
  );
  // The property is worth something only if rings rotate in it.
  expect(rotations).toBeGreaterThan(500);
});
