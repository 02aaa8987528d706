import * as fc from 'fast-check';
import { type ExpectStatic, expect, it } from 'vitest';

import {
  append,
  EMPTY_PAGE,
  read,
} from '../../../../durable-objects/revocation-log/revocation-log.ts';
import type {
  Revocation,
  RevocationPage,
} from '../../../../shared/contracts/identity/revocation-log.ts';
import { MemoryRevocationStore } from '../../../support/memory-revocation-store.ts';

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

const aliveAt = (now: number, entries: Map<string, number>) =>
  new Map([...entries].filter(([, expiresAt]) => expiresAt > now));

/** Follows a log as `SPEC.md` says. */
class Reader {
  held = new Map<string, number>();
  #epoch = '';
  #position = 0;

  poll(readPage: (after: number) => RevocationPage): void {
    for (let more = true; more; ) {
      const position = this.#position;
      const page = readPage(position);
      const isGone = page.epoch !== this.#epoch || page.position < position;
      if (isGone) this.held.clear();
      this.#epoch = page.epoch;
      this.#position = isGone && position > 0 ? 0 : page.position;
      if (isGone && position > 0) continue;
      for (const each of page.entries) this.held.set(keyOf(each), each.expiresAt);
      more = page.more;
    }
  }
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A log, one reader of it, and what the reader ought to hold. */
class World {
  readonly #reader = new Reader();
  readonly #truth = new Map<string, number>();
  readonly #expect: ExpectStatic;
  #log: MemoryRevocationStore | undefined;
  #epochs = 0;
  #now = 0;

  constructor(expect: ExpectStatic) {
    this.#expect = expect;
  }

  take(taken: Step): void {
    switch (taken.type) {
      case 'append':
        return this.#append(taken.entries);
      case 'poll':
        return this.#poll(taken.limit);
      case 'pass':
        this.#now += 1;
        return undefined;
      case 'sweep':
        return this.#log?.removeExpired(this.#now);
      case 'lose':
        this.#log = undefined;
        return this.#truth.clear();
      case 'rewind':
        return this.#rewind();
    }
  }

  #append(entries: readonly Revocation[]): void {
    if (this.#log === undefined) {
      this.#epochs += 1;
      this.#log = new MemoryRevocationStore(`epoch-${this.#epochs}`);
    }
    append(this.#log, entries, this.#now);
    for (const each of entries) {
      const until = this.#truth.get(keyOf(each)) ?? 0;
      this.#truth.set(keyOf(each), Math.max(until, each.expiresAt));
    }
  }

  #poll(limit: number): void {
    const log = this.#log;
    this.#reader.poll((after) => (log === undefined ? EMPTY_PAGE : read(log, after, limit)));
    const { held } = this.#reader;
    this.#expect(aliveAt(this.#now, held)).toEqual(aliveAt(this.#now, this.#truth));
  }

  /** The same epoch, emptied. A reader that asks now finds the log behind its position. */
  #rewind(): void {
    if (this.#log === undefined) return;
    this.#log = new MemoryRevocationStore(this.#log.epoch());
    this.#truth.clear();
    this.#poll(1);
  }
}

it('[RL1-RL7] a reader holds exactly what the log says, whatever happens in between', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const backend = new World(expect);
      for (const taken of sequence) backend.take(taken);
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
        let pages = 1;
        let page = read(log, 0, limit);
        for (; page.more; page = read(log, page.position, limit), pages += 1) {
          expect(page.entries).toHaveLength(limit);
          seen.push(...page.entries);
        }
        seen.push(...page.entries);
        expect(seen).toEqual(read(log, 0).entries);
        expect(page.position).toBe(log.head());
        expect(pages).toBe(Math.max(1, Math.ceil(seen.length / limit)));
      },
    ),
    { numRuns: 300 },
  );
});
