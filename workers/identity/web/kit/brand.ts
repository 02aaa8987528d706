import { matching, optional, setting, withDefault } from '../../../../shared/configuration.ts';
import { originSource } from '../../../kit/page.ts';

/** How a deployment presents itself to its users. */
export type Brand = {
  readonly name: string;
  readonly color: Color;
  /** `null`: the initial of the name takes its place. */
  readonly logoUri: string | null;
};

/** The settings of the brand, which the Worker's configuration includes. */
export const BRAND_SETTINGS = {
  BRAND_NAME: withDefault('Sallyport', matching('1 to 64 characters', /^.{1,64}$/)),
  BRAND_COLOR: withDefault('#1d6a5a', matching('a colour, #rrggbb', /^#[0-9a-f]{6}$/i)),
  BRAND_LOGO_URI: optional(
    setting('an https URL without user, query or fragment', (text) =>
      isLogo(text) ? text : undefined,
    ),
  ),
};

/** The logo's origin becomes part of a policy, so it must be one that can stand in a policy. */
function isLogo(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username !== '') return false;
  return originSource(url) === url.origin && url.search === '' && url.hash === '';
}

type BrandSettings = {
  readonly BRAND_NAME: string;
  readonly BRAND_COLOR: string;
  readonly BRAND_LOGO_URI: string | undefined;
};

export const toBrand = ({ BRAND_NAME, BRAND_COLOR, BRAND_LOGO_URI }: BrandSettings): Brand => ({
  name: BRAND_NAME,
  color: BRAND_COLOR.toLowerCase(),
  logoUri: BRAND_LOGO_URI === undefined ? null : new URL(BRAND_LOGO_URI).href,
});

/** The colours of the stylesheet, in the light and in the dark scheme. */
export const brandCss = ({ color }: Pick<Brand, 'color'>): string =>
  `:root{color-scheme:light dark;${variables(LIGHT, color)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK, color)}}}
`;

/** The icon of the pages: a gate in a wall, in the brand's colour. */
export const iconSvg = ({ color }: Pick<Brand, 'color'>): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${color}"/><path d="M10 25V15a6 6 0 0 1 12 0v10h-4v-9a2 2 0 0 0-4 0v9z" fill="${inkOn(color)}"/></svg>
`;

function variables(palette: Palette, color: Color): string {
  const colors = { ...palette, ...accents(palette, color) };
  return Object.entries(colors)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}

/** The brand's colour where it fills a button, where it is text, and what is written on it. */
export function accents({ card, soft }: Palette, color: Color): Readonly<Record<string, Color>> {
  const accent = readable(color, card, CONTROL_CONTRAST);
  const ink = inkOn(accent);
  return {
    accent,
    'on-accent': ink,
    // Mixed away from the ink, so that hovering makes the text easier to read.
    'accent-hover': mix(accent, ink === '#ffffff' ? '#000000' : '#ffffff', 0.14),
    // Text lies on `card` and on `soft`, and on `soft` it is harder to read.
    'accent-text': readable(color, soft, TEXT_CONTRAST),
  };
}

/** The colours of a scheme, beside the brand's. */
export type Palette = {
  readonly ground: Color;
  readonly card: Color;
  readonly field: Color;
  readonly ink: Color;
  readonly muted: Color;
  readonly line: Color;
  /** The border of what takes input, which must be visible (WCAG 2.2 §1.4.11). */
  readonly edge: Color;
  readonly soft: Color;
  readonly danger: Color;
  readonly 'danger-soft': Color;
  readonly good: Color;
  readonly 'good-soft': Color;
  readonly warning: Color;
  readonly 'warning-soft': Color;
};

export const LIGHT: Palette = {
  ground: '#f4f5f3',
  card: '#ffffff',
  field: '#ffffff',
  ink: '#1b1e1d',
  muted: '#565e5b',
  line: '#e1e4e1',
  edge: '#858d89',
  soft: '#f4f5f3',
  danger: '#a8261c',
  'danger-soft': '#fcf0ee',
  good: '#1d6438',
  'good-soft': '#edf6f0',
  warning: '#774b00',
  'warning-soft': '#fdf5e6',
};

export const DARK: Palette = {
  ground: '#101312',
  card: '#191d1c',
  field: '#121615',
  ink: '#e9ecea',
  muted: '#a3aca8',
  line: '#2b312f',
  edge: '#6d7773',
  soft: '#222726',
  danger: '#ffa097',
  'danger-soft': '#33201e',
  good: '#86d6a4',
  'good-soft': '#1b2d23',
  warning: '#eec06c',
  'warning-soft': '#2f2717',
};

/** `#rrggbb`, of sRGB. */
type Color = string;

/** What text of normal size needs (WCAG 2.2 §1.4.3), and what a control needs (WCAG 2.2 §1.4.11). */
const TEXT_CONTRAST = 4.5;
const CONTROL_CONTRAST = 3;

const WHITE = '#ffffff';
const BLACK = '#000000';
const STEPS = 100;

const channels = (color: Color): readonly number[] =>
  [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

const linear = (channel: number): number => {
  const part = channel / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
};

/** Relative luminance, 0 to 1. */
function luminance(color: Color): number {
  const [red = 0, green = 0, blue = 0] = channels(color).map(linear);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** The contrast ratio, 1 to 21. */
export function contrast(a: Color, b: Color): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}

/** White or black, whichever reads better. That one has a contrast of at least 4.58. */
const inkOn = (background: Color): Color =>
  contrast(WHITE, background) >= contrast(BLACK, background) ? WHITE : BLACK;

/** @param share - Of `other` in the mixture, 0 to 1. */
function mix(color: Color, other: Color, share: number): Color {
  const target = channels(other);
  const mixed = channels(color).map((channel, index) =>
    Math.round(channel + ((target[index] ?? 0) - channel) * share),
  );
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** The colour that is nearest to `color` and has this contrast on `background`. */
function readable(color: Color, background: Color, ratio: number): Color {
  const towards = inkOn(background);
  const steps = Array.from({ length: STEPS + 1 }, (_, step) => mix(color, towards, step / STEPS));
  return steps.find((step) => contrast(step, background) >= ratio) ?? towards;
}
