import { describe, expect, it } from 'vitest';

import { isShownLine, shortText, shownText } from '../../../shared/shown-text.ts';

const FLAG_OF_SCOTLAND = '🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}';

const NAMES = [
  'Ada',
  'O’Brien-Smith, Jr.',
  'Ж',
  '李小龍',
  'שלום עולם',
  'می‌خواهم',
  'क्‍ष',
  'Zoë e\u0301',
  '🚀',
  '👩‍🚀 and ❤️‍🔥',
  '1️⃣ #️⃣',
  `${FLAG_OF_SCOTLAND} Jamie`,
  '葛\u{E0100}城',
  '***',
];

describe('a name that people see', () => {
  it.each(NAMES)('may be %s', (name) => expect(isShownLine(name)).toBe(true));

  it.each([
    ['nothing', ''],
    ['spaces', '  \u00A0\u3000'],
    ['zero-width spaces', '\u200B\u200B'],
    ['word joiners', '\u2060'],
    ['soft hyphens', '\u00AD\u00AD'],
    ['byte order marks', '\uFEFF'],
    ['Hangul fillers', '\u3164\u115F\u1160\uFFA0'],
    ['variation selectors', '\uFE0F\u{E0100}'],
    ['joiners', '\u200D\u200C'],
    ['tags', '\u{E0041}\u{E0042}'],
    ['bidi controls', '\u202E\u202C'],
    ['combining marks', '\u0301\u0308'],
    ['a blank of Braille', '\u2800'],
    ['a notehead that is not drawn', '\u{1D159}'],
    ['blanks of hieroglyphs', '\u{13441}\u{13442}'],
    ['private characters', '\uE000'],
  ])('is not made of %s alone', (_, name) => {
    expect(isShownLine(name)).toBe(false);
    expect(shownText(name)).toBe('');
  });

  it.each([
    ['a line break', 'Ada\nAdmin'],
    ['a control', 'Ada\u0007'],
    ['a separator of lines', 'Ada\u2028Admin'],
    ['an override of direction', 'evil\u202Egnp.exe'],
    ['an isolate', '\u2066Ada\u2069'],
    ['a mark of direction', 'Ada\u200E'],
    ['a zero-width space', 'Sally\u200Bport'],
    ['a joiner where Latin needs none', 'Sally\u200Dport'],
    ['joiners at its end', 'سالي\u200C'],
    ['two joiners', 'می\u200C\u200Cخ'],
    ['a selector where Latin needs none', 'Sally\uFE0Fport'],
    ['tags that are no flag', 'Ada\u{E0061}\u{E007F}'],
    ['half a character', 'Ada\uD83D'],
    ['an annotation', 'Ada\uFFF9'],
  ])('has nothing hidden in it: %s', (_, name) => expect(isShownLine(name)).toBe(false));
});

describe('a name that was stored before, as it is shown', () => {
  it.each(NAMES)('stays %s', (name) => {
    expect(shownText(name).replaceAll(/[\u2068\u2069]/g, '')).toBe(name);
  });

  it.each([
    ['  Notes\n\u0000', 'Notes'],
    ['evil\u202Egnp.exe', 'evilgnp.exe'],
    ['\u2066a\u2069\u200F', 'a'],
    ['S\uFE0F\u200D\u200Bally', 'Sally'],
  ])('is %j without what is hidden', (name, expected) => expect(shownText(name)).toBe(expected));

  it('is isolated where it is written from right to left', () => {
    expect(shownText('מוזיקה (1)')).toBe('\u2068מוזיקה (1)\u2069');
  });

  it('is cut after as many characters as there is room for, never within one', () => {
    expect(shortText('🚀'.repeat(5), 3)).toBe('🚀🚀🚀…');
  });
});
