import type { Brand } from './brand.ts';
import { CONTROL_CONTRAST, type Color, inkOn, mix, readable, TEXT_CONTRAST } from './color.ts';
import { DARK, LIGHT, type Palette } from './palette.ts';

/** What the stylesheet takes from the configuration: colours for the light and the dark scheme. */
export const brandCss = ({ color }: Pick<Brand, 'color'>): string =>
  `:root{color-scheme:light dark;${variables(LIGHT, color)}}
@media (prefers-color-scheme:dark){:root{${variables(DARK, color)}}}
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
    // Away from the ink: hovering makes the text easier to read, never harder.
    'accent-hover': mix(accent, ink === '#ffffff' ? '#000000' : '#ffffff', 0.14),
    // `soft` lies under text as well as `card` does, and is the harder one of the two.
    'accent-text': readable(color, soft, TEXT_CONTRAST),
  };
}
