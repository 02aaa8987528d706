import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../../../workers/identity/config.ts';
import {
  accents,
  brandCss,
  contrast,
  DARK,
  LIGHT,
  type Palette,
} from '../../../../../workers/identity/web/kit/brand.ts';
import { SETTINGS } from '../../../../support/identity-services.ts';

const anyColor = fc
  .integer({ min: 0, max: 0xffffff })
  .map((value) => `#${value.toString(16).padStart(6, '0')}`);
const schemes: readonly (readonly [string, Palette])[] = [
  ['light', LIGHT],
  ['dark', DARK],
];

describe.each(schemes)('the %s scheme', (_name, palette) => {
  it('keeps text readable with any brand colour (WCAG 2.2 §1.4.3, §1.4.11)', () => {
    fc.assert(
      fc.property(anyColor, (color) => {
        const { accent = '', 'on-accent': ink = '', ...more } = accents(palette, color);
        expect(contrast(ink, accent)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(ink, more['accent-hover'] ?? '')).toBeGreaterThanOrEqual(4.5);
        expect(contrast(accent, palette.card)).toBeGreaterThanOrEqual(3);
        for (const surface of [palette.card, palette.soft, palette.ground]) {
          expect(contrast(more['accent-text'] ?? '', surface)).toBeGreaterThanOrEqual(4.5);
        }
      }),
    );
  });

  it('keeps its own text readable on every surface', () => {
    for (const surface of [palette.card, palette.soft, palette.ground]) {
      expect(contrast(palette.ink, surface)).toBeGreaterThanOrEqual(7);
      expect(contrast(palette.muted, surface)).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(palette.edge, palette.field)).toBeGreaterThanOrEqual(3);
    for (const tone of ['danger', 'good', 'warning'] as const) {
      expect(contrast(palette[tone], palette[`${tone}-soft`])).toBeGreaterThanOrEqual(4.5);
      expect(contrast(palette.ink, palette[`${tone}-soft`])).toBeGreaterThanOrEqual(4.5);
    }
    expect(contrast(palette.danger, palette.card)).toBeGreaterThanOrEqual(4.5);
  });
});

describe('the brand', () => {
  it('keeps a colour that is readable as it is', () => {
    expect(accents(LIGHT, '#1d6a5a')).toMatchObject({ accent: '#1d6a5a', 'on-accent': '#ffffff' });
    expect(brandCss({ color: '#1d6a5a' })).toContain('--accent:#1d6a5a');
  });

  it('is Sallyport by default', () => {
    expect(parseConfig(SETTINGS).brand).toEqual({
      name: 'Sallyport',
      color: '#1d6a5a',
      logoUri: null,
    });
  });

  it.each([
    ['BRAND_COLOR', 'red'],
    ['BRAND_COLOR', '#123456;}body{display:none'],
    ['BRAND_NAME', '  '],
    ['BRAND_LOGO_URI', 'http://cdn.example/logo.png'],
    ['BRAND_LOGO_URI', 'https://cdn.example;script-src/logo.png'],
    ['BRAND_LOGO_URI', 'https://user@cdn.example/logo.png'],
    ['BRAND_LOGO_URI', 'logo.png'],
  ])('refuses %s=%s', (name, value) => {
    expect(() => parseConfig({ ...SETTINGS, [name]: value })).toThrow(name);
  });
});
