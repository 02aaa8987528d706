import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { networkPrefix } from '../../../../shared/http/ip-address.ts';

const group = fc.constantFrom(0, 0, 0, 1, 0xdb8, 0xffff);
const groups = fc.array(group, { minLength: 8, maxLength: 8 });

const spell = (part: readonly number[]) => part.map((one) => one.toString(16)).join(':');
const padded = (part: readonly number[]) =>
  part.map((one) => one.toString(16).padStart(4, '0').toUpperCase()).join(':');

/** Another spelling of the same address: zeros left out, zeros in front, upper case. */
function compressed(address: readonly number[], from: number, to: number): string {
  const isZero = address.slice(from, to).every((one) => one === 0);
  if (!isZero || from >= to) return padded(address);
  return `${padded(address.slice(0, from))}::${padded(address.slice(to))}`;
}

it('networkPrefix() is the same for every spelling of an IPv6 address', () => {
  fc.assert(
    fc.property(groups, fc.nat(8), fc.nat(8), (address, from, to) => {
      const plain = spell(address);
      expect(networkPrefix(compressed(address, from, to))).toBe(networkPrefix(plain));
    }),
    { numRuns: 2_000 },
  );
});

it('networkPrefix() of an IPv6 address is its first 48 bits', () => {
  fc.assert(
    fc.property(groups, groups, (a, b) => {
      // ::ffff:0:0/96 is IPv4, whose networks are finer.
      fc.pre(a[5] !== 0xffff && b[5] !== 0xffff);
      const same = [0, 1, 2].every((index) => a[index] === b[index]);
      expect(networkPrefix(spell(a)) === networkPrefix(spell(b))).toBe(same);
    }),
    { numRuns: 2_000 },
  );
});

it('networkPrefix() of an IPv4 address is its first 24 bits', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.nat(255), (address, last) => {
      const neighbour = address.replace(/\d+$/, String(last));
      expect(networkPrefix(neighbour)).toBe(networkPrefix(address));
      expect(networkPrefix(`::ffff:${address}`)).toBe(networkPrefix(address));
    }),
  );
});
