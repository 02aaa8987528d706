import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Visit } from './visit.ts';

export type Scene = Picture & { readonly enter: (visit: Visit) => Promise<void> };

/** The pictures of the documentation. */
export const SCENES: readonly Scene[] = [
  { name: 'sign-in', size: 'desktop', enter: (visit) => visit.authorize('login') },
  { name: 'sign-in-mobile', size: 'mobile', enter: (visit) => visit.authorize('login') },
  { name: 'create-account', size: 'desktop', enter: (visit) => visit.open('/create-account') },
  { name: 'choose-account', size: 'desktop', enter: chooseAccount },
  { name: 'consent', size: 'desktop', isWhole: true, enter: consent },
  { name: 'consent-mobile', size: 'mobile', isWhole: true, enter: consent },
  { name: 'account', size: 'desktop', isWhole: true, enter: account },
  { name: 'error', size: 'desktop', enter: error },
  // These come last, because a pending request would show in the picture of the account.
  { name: 'device', size: 'desktop', isWhole: true, enter: device },
  { name: 'request', size: 'desktop', isWhole: true, enter: request },
];

async function chooseAccount(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.authorize('select_account');
}

async function consent(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.authorize('consent');
}

async function device(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.open(`/device?user_code=${await visit.beginDevice()}`);
  await visit.page.getByRole('button', { name: 'Continue' }).click();
  await visit.page.getByRole('button', { name: 'Allow' }).waitFor();
}

async function request(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.beginBackchannel();
  await visit.open('/account');
  await visit.page.getByRole('link', { name: 'Review' }).first().click();
  await visit.page.getByRole('button', { name: 'Deny' }).waitFor();
}

async function account(visit: Visit): Promise<void> {
  await visit.signIn();
  await visit.useTwoDevices();
  await visit.authorize('consent');
  await visit.allow();
  await visit.open('/account');
}

async function error(visit: Visit): Promise<void> {
  await visit.open('/sign-in?interaction=AAAAAAAAAAAAAAAAAAAAAA');
  await visit.page.getByText('Details for support').click();
}

const SIZES = {
  desktop: { width: 960, height: 720 },
  mobile: { width: 390, height: 760 },
} as const;
const MAX_BYTES = 100_000;

export type Size = keyof typeof SIZES;

type Picture = {
  /** The beginning of the file's name, before `-light.png`. */
  readonly name: string;
  readonly size: Size;
  /** Whether the picture shows the whole page instead of its first screen. */
  readonly isWhole?: boolean;
};

/** Takes each picture in light and in dark, each with a new browser context. */
export class Photographer {
  readonly #browser: Browser;
  readonly #folder: string;

  constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
  }

  /** @throws {Error} If a picture is too large for the repository. */
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
