import { describe, expect, it } from 'vitest';

import { en } from '../../../../../workers/identity/web/kit/text/en.ts';
import { chooseText, shownName } from '../../../../../workers/identity/web/kit/text.ts';

const de = { ...en, lang: 'de' };
const fr = { ...en, lang: 'fr' };
const TEXTS = new Map([
  ['en', en],
  ['de', de],
  ['fr', fr],
]);
const chosen = (locales: readonly string[], header?: string) =>
  chooseText(locales, header, TEXTS).lang;

describe('the language of a page', () => {
  it.each([
    [['de'], 'fr', 'de'],
    [['de-AT', 'fr'], 'en', 'de'],
    [['xx', 'FR-ca'], 'de', 'fr'],
    [[], 'fr;q=0.4, de;q=0.9, en;q=0.1', 'de'],
    [[], 'de-CH, en;q=0.5', 'de'],
    [[], 'de;q=0, fr', 'fr'],
    [[], 'xx, *', 'en'],
    [[], ';;q=,,', 'en'],
    [[], undefined, 'en'],
  ])('for ui_locales %o and Accept-Language %s is %s', (locales, header, expected) => {
    expect(chosen(locales, header)).toBe(expected);
  });
});

describe('a name that somebody else chose', () => {
  it.each([
    ['Notes', 'Notes'],
    ['  Notes\n\u0000', 'Notes'],
    ['evil\u202Egnp.exe', 'evilgnp.exe'],
    ['\u2066a\u2069\u200F', 'a'],
    ['מוזיקה', '\u2068מוזיקה\u2069'],
    ['\u3164\u200B', ''],
  ])('%j is shown as %j', (name, expected) => {
    expect(shownName(name)).toBe(expected);
  });

  it('is cut after 80 characters, never within one', () => {
    expect(shownName('🚀'.repeat(90))).toBe(`${'🚀'.repeat(80)}…`);
  });
});
