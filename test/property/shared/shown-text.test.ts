import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isShownLine, shownText } from '../../../shared/shown-text.ts';

const INVISIBLE = /[\p{DI}\p{Cc}\p{Zl}\p{Zp}]/u;

/** One character that shows nothing. */
const invisible = fc
  .oneof(
    fc.constantFrom(0x200c, 0x200d, 0x034f, 0x180b, 0xfe00, 0xfe0f, 0xe0100, 0xe01ef, 0xe0061),
    fc.integer({ min: 0, max: 0xffff }),
    fc.integer({ min: 0xe0000, max: 0xe0fff }),
    fc.integer({ min: 0x1d100, max: 0x1d1ff }),
  )
  .map((code) => String.fromCodePoint(code))
  .filter((character) => INVISIBLE.test(character));

const latin = fc.stringMatching(/^[A-Za-z]{1,20}$/);
const anyText = fc.string({ unit: 'binary', maxLength: 40 });

describe('names that people see', () => {
  it('never differ by a character that shows nothing, in letters that need none', () => {
    fc.assert(
      fc.property(latin, latin, invisible, (before, after, hidden) => {
        expect(isShownLine(`${before}${after}`)).toBe(true);
        expect(isShownLine(`${before}${hidden}${after}`)).toBe(false);
        expect(shownText(`${before}${hidden}${after}`)).toBe(`${before}${after}`);
      }),
    );
  });

  it('are never made of characters that show nothing, spaces and marks', () => {
    const blank = fc.oneof(
      invisible,
      fc.constantFrom(' ', '\u00A0', '\u3000', '\u0301', '\u20DD', '\u2800'),
    );
    fc.assert(
      fc.property(fc.array(blank, { maxLength: 20 }), (all) => {
        expect(isShownLine(all.join(''))).toBe(false);
        expect(shownText(all.join(''))).toBe('');
      }),
    );
  });

  it('are shown as they are, whatever they are, and other text is made fit to be one', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = shownText(text).replaceAll(/[\u2068\u2069]/g, '');
        if (isShownLine(text)) expect(shown).toBe(text.trim());
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });
});
