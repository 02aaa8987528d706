import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { passwordFault } from '../../../../workers/identity/accounts/password-policy.ts';

const name = fc.stringMatching(/^[a-z]{4,16}$/);
const padding = fc.stringMatching(/^[A-Za-z0-9 !._-]{4,20}$/);
const blank = fc.constantFrom(
  ' ',
  '\t',
  '\u00A0',
  '\u3000',
  '\u200B',
  '\u3164',
  '\u2800',
  '\uFEFF',
);

const NOBODY = { email: '', username: null, displayName: null };

describe('a new password', () => {
  it('never contains a name of its owner, in whatever case and with whatever separators', () => {
    const separator = fc.constantFrom('', ' ', '.', '-', '_');
    fc.assert(
      fc.property(name, name, padding, separator, (first, last, around, between) => {
        const shown = `${first}${between}${last}`.toUpperCase();
        for (const password of [around + shown, shown + around]) {
          for (const owner of [
            { ...NOBODY, displayName: `${first} ${last}` },
            { ...NOBODY, email: `${first}.${last}@example.test` },
            { ...NOBODY, username: `${first}_${last}` },
          ]) {
            expect(passwordFault(password, owner)).toMatch(/^(?:contains_name|common|too_short)$/);
          }
        }
      }),
    );
  });

  it('is more than one character and whatever shows nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'x', '7', '🐎', 'ж'),
        fc.array(blank, { minLength: 8, maxLength: 30 }),
        (character, blanks) => {
          const password = blanks.join(character);
          const expected = character === '' ? 'blank' : 'repeated';
          expect(passwordFault(password, NOBODY)).toBe(expected);
        },
      ),
    );
  });
});
