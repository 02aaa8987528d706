import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type * as Client from '../../client/src/index.ts';
import { buildClient } from '../../scripts/build-client.ts';
import { aPerson } from '../support/node/api-client.ts';
import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { eventually } from '../support/node/eventually.ts';
import { notRun } from '../support/node/not-run.ts';
import { RunningHubFixture } from '../support/node/running-hub-fixture.ts';

/** Variables of the page, which outlive one `evaluate`. */
declare global {
  var client: typeof Client;
  var sallyport: Client.Sallyport;
  var hub: Client.Hub;
  var heard: unknown[];
  var states: string[];
}

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: the client SDK in a browser');

describe.each(found === undefined ? [] : [found])('the SDK in Chromium (%s)', (executablePath) => {
  let running: RunningHubFixture;
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let code: string;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-client-'));
    await buildClient(folder);
    code = await readFile(join(folder, 'index.js'), 'utf8');
    await rm(folder, { recursive: true });
    running = await RunningHubFixture.start();
    browser = await launchChromium(executablePath);
  });
  afterAll(async () => {
    await browser.close();
    await running[Symbol.asyncDispose]();
  });

  /** A new browser context. Its pages have the deployment's origin and no script. */
  async function aBrowser(): Promise<BrowserContext> {
    const context = await browser.newContext({ bypassCSP: true });
    await context.route('**/client-under-test.js', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: code }),
    );
    return context;
  }

  /** Opens a tab with a `sallyport` whose session is in `localStorage`. */
  async function aTab(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${running.url}/health`);
    // The import is text, because the test runner rewrites imports.
    await page.evaluate(
      "import('/client-under-test.js').then((it) => { globalThis.client = it; })",
    );
    await page.evaluate(
      ({ issuer, connectUrl }) => {
        const storage = client.webStorage(localStorage);
        globalThis.sallyport = new client.Sallyport({ issuer, connectUrl, storage });
      },
      { issuer: running.url, connectUrl: running.connectUrl },
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

  it('signs one tab out after a sign-out in another', async () => {
    const context = await aBrowser();
    const one = await aTab(context);
    await register(one);
    const other = await aTab(context);
    await other.evaluate(() => sallyport.restore());
    const reason = other.evaluate(
      () => new Promise((tell) => sallyport.on('signedOut', ({ reason }) => tell(reason))),
    );
    expect(await one.evaluate(() => sallyport.signOut())).toBe(true);
    expect(await reason).toBe('elsewhere');
    await context.close();
  });

  it('gets every event once and in order after its connection was cut', async () => {
    const context = await aBrowser();
    const page = await aTab(context);
    const { sessionId, accountId } = await register(page);
    await page.evaluate(async () => {
      globalThis.hub = sallyport.connect();
      globalThis.heard = [];
      globalThis.states = [];
      hub.on('game.tick', (event) => heard.push(event['tick']));
      hub.onState((state) => states.push(state.name === 'open' ? `${state.resumed}` : state.name));
      await hub.opened();
    });
    const target = { sessionId, userId: accountId };
    const tick = (tick: number) =>
      running.connectApi('events', { target, eventName: 'game.tick', payload: { tick } });
    await tick(0);
    running.proxy.break();
    await page.waitForFunction(() => states.includes('reconnecting'));
    await tick(1);
    await tick(2);
    running.proxy.mend();
    await eventually(async () => expect(await page.evaluate(() => heard)).toHaveLength(3));
    await tick(3);
    await eventually(async () =>
      expect(await page.evaluate(() => [heard, states.at(-1)])).toEqual([[0, 1, 2, 3], 'true']),
    );
    await context.close();
  });

  it('reconnects when the network comes back, and sends the waiting calls', async () => {
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
    running.proxy.break();
    await page.waitForFunction(() => states.includes('reconnecting'));
    expect(await page.evaluate(() => navigator.onLine)).toBe(false);
    const waiting = page.evaluate(() => hub.call('echo', 'POST:/echo', { waited: true }));

    running.proxy.mend();
    await devtools.send('Network.emulateNetworkConditions', { ...network, offline: false });
    expect(await waiting).toEqual({ waited: true });
    expect(await page.evaluate(() => states.at(-1))).toBe('open');
    await context.close();
  });
});
