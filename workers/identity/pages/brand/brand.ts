import * as z from 'zod';

import type { Color } from './color.ts';

/** How a deployment presents itself to its users. */
export type Brand = {
  readonly name: string;
  readonly color: Color;
  /** `null`: the initial of the name takes its place. */
  readonly logoUri: string | null;
};

/** Settings, to be read with those of the Worker. */
export const BRAND_SETTINGS = {
  BRAND_NAME: z.string().trim().min(1).max(64).default('Sallyport'),
  BRAND_COLOR: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, { error: 'must be #rrggbb' })
    .default('#1d6a5a'),
  BRAND_LOGO_URI: z
    .string()
    .refine((text) => text === '' || isLogo(text), {
      error: 'must be an https URL without user, query or fragment, or empty',
    })
    .default(''),
} as const;

const HOST = /^[a-z0-9.-]+(?::\d+)?$/;

/** Its origin becomes part of a policy: the host must be one that says nothing else there. */
function isLogo(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:' || url.username !== '') return false;
  return HOST.test(url.host) && url.search === '' && url.hash === '';
}

type BrandSettings = {
  readonly BRAND_NAME: string;
  readonly BRAND_COLOR: string;
  readonly BRAND_LOGO_URI: string;
};

export const toBrand = ({ BRAND_NAME, BRAND_COLOR, BRAND_LOGO_URI }: BrandSettings): Brand => ({
  name: BRAND_NAME,
  color: BRAND_COLOR.toLowerCase(),
  logoUri: BRAND_LOGO_URI === '' ? null : new URL(BRAND_LOGO_URI).href,
});
