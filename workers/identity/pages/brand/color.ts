/**
 * Colours of sRGB, and how readable one is on another.
 *
 * @see [WCAG 2.2 §1.4.3](https://www.w3.org/TR/WCAG22/#contrast-minimum)
 * @module
 */

/** `#rrggbb` */
export type Color = string;

/** What text of normal size needs (WCAG 2.2 §1.4.3), and what a control needs (§1.4.11). */
export const TEXT_CONTRAST = 4.5;
export const CONTROL_CONTRAST = 3;

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
export const inkOn = (background: Color): Color =>
  contrast(WHITE, background) >= contrast(BLACK, background) ? WHITE : BLACK;

/** @param share - Of `other` in the mixture, 0 to 1. */
export function mix(color: Color, other: Color, share: number): Color {
  const target = channels(other);
  const mixed = channels(color).map((channel, index) =>
    Math.round(channel + ((target[index] ?? 0) - channel) * share),
  );
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/** The colour that is nearest to `color` and has this contrast on `background`. */
export function readable(color: Color, background: Color, ratio: number): Color {
  const towards = inkOn(background);
  const steps = Array.from({ length: STEPS + 1 }, (_, step) => mix(color, towards, step / STEPS));
  return steps.find((step) => contrast(step, background) >= ratio) ?? towards;
}
