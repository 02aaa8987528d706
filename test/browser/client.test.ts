import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import type * as Client from '../../client/src/index.ts';
import { buildClient } from '../../scripts/build-client.ts';
import { aPerson } from '../support/node/api-client.ts';
import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { CuttableProxy } from '../support/node/cuttable-proxy.ts';
import { startWorkers } from '../support/node/harness.ts';
import { notRun } from '../support/node/not-run.ts';

/** What a page keeps between two visits of the test. */
declare global {
  var client: typeof Client;
  var sallyport: Client.Sallyport;
  var hub: Client.Hub;
  var events: string[];
  var states: string[];
}

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: the client SDK in a browser');

describe.each(found === undefined ? [] : [found])('the SDK in Chromium (%s)', (executablePath) => {
  let workers: Awaited<ReturnType<typeof startWorkers>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let proxy: CuttableProxy;
  let code: string;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-client-'));
    await buildClient(folder);
    code = await readFile(join(folder, 'index.js'), 'utf8');
    await rm(folder, { recursive: true });
    workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
    proxy = await CuttableProxy.start(workers.url);
    browser = await launchChromium(executablePath);
  });
  afterAll(async () => {
    await browser.close();
    await proxy[Symbol.asyncDispose]();
    await workers[Symbol.asyncDispose]();
  });

  /** A browser of somebody's own. Its pages are of the deployment's origin, and have no script. */
  async function aBrowser(): Promise<BrowserContext> {
    const context = await browser.newContext({ bypassCSP: true });
    await context.route('**/client-under-test.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: code }),
    );
    return context;
  }

  /** A tab with a `sallyport` that keeps its session in `localStorage`. */
  async function aTab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${workers.url}/health`);
    // As text: the test runner rewrites every import that it sees.
    await page.evaluate(
      "import('/client-under-test.js').then((it) => { globalThis.client = it; })",
    );
    await page.evaluate(
      ({ issuer, connectUrl }) => {
        const storage = client.webStorage(localStorage);
        globalThis.sallyport = new client.Sallyport({ issuer, connectUrl, storage });
      },
      { issuer: workers.url, connectUrl: `${proxy.url}/connect` },
    );
    return page;
  }

  const register = (page: Page) => page.evaluate((person) => sallyport.register(person), aPerson());

  it('signs in, connects by subprotocol and calls a service', async () => {
    const context = await aBrowser();
    const page = await aTab(context);
    const { accountId } = await register(page);
    const profile = await page.evaluate(() => {
      globalThis.hub = sallyport.connect();
      return hub.call('identity', 'GET:/api/v1/auth/profile');
    });
    expect(profile).toMatchObject({ accountId });
    const echoed = await page.evaluate(async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(50_000));
      const answer = await hub.callBinary('echo', 'POST:/echo', bytes);
      return answer.length === bytes.length && answer.every((byte, at) => byte === bytes[at]);
    });
    expect(echoed).toBe(true);
    await context.close();
  });

  it('refreshes once for two tabs that need a token at the same time', async () => {
    const context = await aBrowser();
    const one = await aTab(context);
    const registered = await register(one);
    const other = await aTab(context);
    expect(await other.evaluate(() => sallyport.restore())).toEqual(registered);
    const refreshes: string[] = [];
    context.on('request', (request) => {
      if (request.url().endsWith('/token/refresh')) refreshes.push(request.url());
    });

    const stale = await one.evaluate(() => sallyport.accessToken());
    const replace = (page: Page) =>
      page.evaluate(
        (token) =>
          Promise.all(Array.from({ length: 5 }, () => sallyport.accessToken({ stale: token }))),
        stale,
      );
    const tokens = new Set((await Promise.all([replace(one), replace(other)])).flat());
    expect(tokens.size).toBe(1);
    expect(tokens).not.toContain(stale);
    expect(refreshes).toHaveLength(1);
    await context.close();
  });

  it('tells one tab of the sign-out in another', async () => {
    const context = await aBrowser();
    const one = await aTab(context);
    await register(one);
    const other = await aTab(context);
    await other.evaluate(() => sallyport.restore());
    const told = other.evaluate(
      () => new Promise((tell) => sallyport.on('signedOut', ({ reason }) => tell(reason))),
    );
    expect(await one.evaluate(() => sallyport.signOut())).toBe(true);
    expect(await told).toBe('elsewhere');
    await context.close();
  });

  it('comes back when the network does, with the calls that waited', async () => {
    const context = await aBrowser();
    const page = await aTab(context);
    await register(page);
    await page.evaluate(async () => {
      globalThis.hub = sallyport.connect();
      await hub.opened();
      globalThis.states = [];
      hub.onState(({ name }) => states.push(name));
    });
    const devtools = await context.newCDPSession(page);
    const network = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', { ...network, offline: true });
    proxy.break();
    await page.waitForFunction(() => states.includes('reconnecting'));
    expect(await page.evaluate(() => navigator.onLine)).toBe(false);
    const waiting = page.evaluate(() => hub.call('echo', 'POST:/echo', { waited: true }));

    proxy.mend();
    await devtools.send('Network.emulateNetworkConditions', { ...network, offline: false });
    expect(await waiting).toEqual({ waited: true });
    expect(await page.evaluate(() => states.at(-1))).toBe('open');
    await context.close();
  });
});
