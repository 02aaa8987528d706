import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient } from '../support/node/api-client.ts';
import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { startWorkers } from '../support/node/harness.ts';
import { notRun } from '../support/node/not-run.ts';

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: the pages and the browser client');

describe.each(found === undefined ? [] : [found])('pages in Chromium (%s)', (executablePath) => {
  let workers: Awaited<ReturnType<typeof startWorkers>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;

  beforeAll(async () => {
    workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
    browser = await launchChromium(executablePath);
  });
  afterAll(async () => {
    await browser.close();
    await workers[Symbol.asyncDispose]();
  });

  it.each(['light', 'dark'] as const)(
    'the documents have no accessibility violation (%s)',
    async (colorScheme) => {
      const context = await browser.newContext({
        colorScheme,
        javaScriptEnabled: true,
        bypassCSP: true,
      });
      const page = await context.newPage();
      for (const address of ['/', '/docs', '/docs/errors', '/docs/protocol', '/nowhere']) {
        await page.goto(`${workers.url}${address}`);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.map(({ id, nodes }) => `${address} ${id} ${nodes[0]?.html}`)).toEqual([]);
      }
      await context.close();
    },
  );

  it('the documents obey their content security policy, and fit a phone', async () => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${workers.url}/docs`);
    expect(complaints).toEqual([]);
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    await context.close();
  });

  it('a page opens the hub by subprotocol, without a header, and calls a service', async () => {
    const { accessToken, accountId } = await new ApiClient(workers.url).register();
    const page = await browser.newPage();
    await page.goto(`${workers.url}/health`);
    const profile = await page.evaluate(callProfile, { url: workers.url, accessToken });
    expect(profile.subprotocol).toBe('sallyport.v1');
    expect(profile.code).toBe(0);
    expect(JSON.parse(profile.payload)).toMatchObject({ accountId });
    await page.close();
  });
});

type ProfileCall = { readonly url: string; readonly accessToken: string };

/** Runs in the page: a minimal client of the frame format without code of the repository. */
async function callProfile({ url, accessToken }: ProfileCall) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/connect`, [
    'sallyport.v1',
    `bearer.${accessToken}`,
  ]);
  socket.binaryType = 'arraybuffer';
  const next = () =>
    new Promise<Uint8Array>((resolve, reject) => {
      socket.addEventListener('message', ({ data }) => resolve(new Uint8Array(data)), {
        once: true,
      });
      socket.addEventListener('close', ({ code }) => reject(new Error(`closed with ${code}`)));
    });
  const manifest = JSON.parse(new TextDecoder().decode((await next()).subarray(31)));
  const { serviceId } = manifest.availableApis.find(
    ({ endpoint }: { endpoint: string }) => endpoint === 'GET:/api/v1/auth/profile',
  );

  const frame = new Uint8Array(31);
  const guid = serviceId.replaceAll('-', '').match(/../g) as string[];
  frame.set(
    guid.map((byte) => Number.parseInt(byte, 16)),
    7,
  );
  new DataView(frame.buffer).setBigUint64(23, 42n);
  socket.send(frame);

  const response = await next();
  const { protocol } = socket;
  socket.close();
  return {
    subprotocol: protocol,
    code: response[15],
    payload: new TextDecoder().decode(response.subarray(16)),
  };
}
