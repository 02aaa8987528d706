/**
 * `npm run screenshots`: takes pictures of a running instance's hosted pages for the documentation.
 * `SALLYPORT_ADMIN_PASSWORD` is the instance's.
 *
 * @module
 */

import { mkdir } from 'node:fs/promises';

import { chromiumPath, launchChromium } from '../test/support/node/chromium.ts';
import { Photographer, SCENES } from './screenshots/scenes.ts';
import { registerClient, Visit } from './screenshots/visit.ts';

const FOLDER = 'docs/images';
const url = process.env['ISSUER'] ?? `http://127.0.0.1:${process.env['PORT'] ?? '8787'}`;

const path = chromiumPath();
if (path === undefined) throw new Error('Cannot take pictures: Chromium is not installed');
await mkdir(FOLDER, { recursive: true });
const browser = await launchChromium(path);
try {
  const clientId = await registerClient(url);
  const photographer = new Photographer(browser, FOLDER);
  for (const scene of SCENES) {
    const files = await photographer.take(scene, async (page) =>
      scene.enter(new Visit(page, url, clientId)),
    );
    console.log(`  ${files.join('\n  ')}`);
  }
} finally {
  await browser.close();
}
