import type { Color } from './color.ts';

/** What a scheme is painted with, beside the brand's colour. */
export type Palette = {
  readonly ground: Color;
  readonly card: Color;
  readonly field: Color;
  readonly ink: Color;
  readonly muted: Color;
  readonly line: Color;
  /** The border of what takes input: §1.4.11 wants it seen. */
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
