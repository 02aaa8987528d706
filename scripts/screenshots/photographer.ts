import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Browser, Page } from 'playwright-core';

const SIZES = {
  desktop: { width: 960, height: 720 },
  mobile: { width: 390, height: 760 },
} as const;
const MAX_BYTES = 100_000;

export type Size = keyof typeof SIZES;

export type Picture = {
  /** Of the file, before `-light.png`. */
  readonly name: string;
  readonly size: Size;
  /** The whole page, not the first screen of it. */
  readonly isWhole?: boolean;
};

/** Takes each picture in light and in dark, by a browser that has never been here. */
export class Photographer {
  readonly #browser: Browser;
  readonly #folder: string;

  constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
  }

  /** @throws {Error} If a picture is too large to be kept with the source. */
  async take(
    { name, size, isWhole = false }: Picture,
    enter: (page: Page) => Promise<void>,
  ): Promise<readonly string[]> {
    const files: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const context = await this.#browser.newContext({ colorScheme, viewport: SIZES[size] });
      const page = await context.newPage();
      await enter(page);
      const file = join(this.#folder, `${name}-${colorScheme}.png`);
      await page.screenshot({ path: file, fullPage: isWhole });
      await context.close();
      const bytes = (await stat(file)).size;
      if (bytes > MAX_BYTES) throw new Error(`Cannot keep ${file}: it has ${bytes} bytes`);
      files.push(file);
    }
    return files;
  }
}
