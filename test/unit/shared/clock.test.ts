import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ageOf } from '../../../shared/clock.ts';

it('ageOf() is never negative, and grows with the distance of the moment', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(), (now, distance) => {
      expect(ageOf(now - distance, now)).toBe(distance);
      expect(ageOf(now + distance, now)).toBe(distance);
    }),
  );
  expect(ageOf(-Infinity, 0)).toBe(Infinity);
});
