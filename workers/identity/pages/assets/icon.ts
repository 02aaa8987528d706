import type { Brand } from '../brand/brand.ts';
import { inkOn } from '../brand/color.ts';

/** A gate in a wall, in the brand's colour. */
export const iconSvg = ({ color }: Pick<Brand, 'color'>): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${color}"/><path d="M10 25V15a6 6 0 0 1 12 0v10h-4v-9a2 2 0 0 0-4 0v9z" fill="${inkOn(color)}"/></svg>
`;
