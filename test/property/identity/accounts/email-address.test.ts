import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { parseEmailAddress } from '../../../../workers/identity/accounts/account.ts';

// Few letters, among them those whose case or composition is awkward.
const letter = fc.constantFrom('a', 'B', 'ß', 'İ', 'é', 'e\u0301', 'Ａ', '1', 'ﬁ', '+', '.', 'Σ');
const word = fc.array(letter, { minLength: 1, maxLength: 6 }).map((letters) => letters.join(''));
const address = fc
  .tuple(word, word, fc.constantFrom('com', 'EXAMPLE', 'xn--p1ai'))
  .map(([local, domain, top]) => `${local}@${domain}.${top}`);

it('parseEmailAddress() is idempotent, and ignores space around, case and composition', () => {
  fc.assert(
    fc.property(address, (text) => {
      const once = parseEmailAddress(text);
      if (once === undefined) return;
      const again = [
        once.normalized,
        ` ${text}\t`,
        text.normalize('NFC'),
        text.normalize('NFD'),
        text.toLowerCase(),
      ];
      for (const other of again) {
        expect(parseEmailAddress(other)?.normalized).toBe(once.normalized);
      }
    }),
    { numRuns: 2_000 },
  );
});

it('parseEmailAddress() never throws, and accepts nothing with a space or a control character in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
      const email = parseEmailAddress(`${left}@${right}`);
      expect(email?.normalized ?? 'a@b').toMatch(/^[^\s\p{Cc}@]+@[a-z0-9.-]+$/u);
    }),
  );
});
