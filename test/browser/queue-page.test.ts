import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient, type Tokens } from '../support/node/api-client.ts';
import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { startWorkers } from '../support/node/harness.ts';
import { notRun } from '../support/node/not-run.ts';
import { connectOverWs } from '../support/node/ws-hub.ts';

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: the page of the queue');

const RETURN = '/docs?from=queue';

describe.each(found === undefined ? [] : [found])('the queue’s page in Chromium (%s)', (path) => {
  let workers: Awaited<ReturnType<typeof startWorkers>>;
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let api: ApiClient;
  /** Takes the only seat until `giveUp`. */
  let ann: Tokens;

  beforeAll(async () => {
    workers = await startWorkers({
      databaseProxy: inject('databaseProxy'),
      connect: { QUEUE_CAPACITY: '1', QUEUE_GRANT_SECONDS: '3000' },
    });
    browser = await launchChromium(path);
    api = new ApiClient(workers.url);
    ann = await api.register();
    await ask(ann);
  });
  afterAll(async () => {
    await browser.close();
    await workers[Symbol.asyncDispose]();
  });

  async function ask({ accessToken: token }: Tokens) {
    const { json } = await api.call('/queue/request-access', { method: 'POST', token });
    return json as { granted: boolean; grant?: string; ticket?: string };
  }

  const giveUp = ({ accessToken: token }: Tokens) =>
    api.call('/queue/request-access', { method: 'DELETE', token });

  async function wait() {
    const tokens = await api.register();
    const { ticket = '' } = await ask(tokens);
    return { tokens, ticket };
  }

  async function open(ticket: string | undefined, options: BrowserContextOptions = {}) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const fragment = ticket === undefined ? '' : `#ticket=${ticket}`;
    await page.goto(`${workers.url}/queue?return=${encodeURIComponent(RETURN)}${fragment}`);
    const close = () => context.close();
    return { page, complaints, [Symbol.asyncDispose]: close };
  }

  const violationsOf = async (page: Page) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
  };

  it('shows the place, keeps it over a reload, moves up, and redirects with a grant that connects', async () => {
    const [bob, eve] = [await wait(), await wait()];
    await using opened = await open(eve.ticket);
    const { page, complaints } = opened;
    const status = page.getByRole('status');
    await status.getByText('You are number 2.').waitFor();
    await status.getByText('Nobody knows yet how long it takes.').waitFor();
    expect(page.url()).not.toContain('ticket');
    expect(await page.title()).toMatch(/^\(2\) You are in the queue/);
    await page.reload();
    await status.getByText('You are number 2.').waitFor();
    await giveUp(bob.tokens);
    await status.getByText('You are number 1.').waitFor();

    await giveUp(ann);
    await page.waitForURL((url) => url.pathname === '/docs');
    const { search, hash } = new URL(page.url());
    expect(search).toBe('?from=queue');
    const grant = new URLSearchParams(hash.slice(1)).get('queue_grant') ?? '';
    const options = { headers: { 'x-queue-grant': grant } };
    await using hub = await connectOverWs(
      `${workers.url}/connect`,
      eve.tokens.accessToken,
      options,
    );
    expect(hub.manifest.sessionId).toBe(eve.tokens.sessionId);
    expect(complaints).toEqual([]);
  });

  it('gives the place up, and reports that to the application', async () => {
    const { tokens, ticket } = await wait();
    await using opened = await open(ticket);
    const { page } = opened;
    await page.getByRole('status').getByText('You are number').waitFor();
    await page.getByRole('button', { name: 'Leave the queue' }).click();
    await page.waitForURL((url) => url.hash === '#queue_error=left');
    const again = { body: { ticket } };
    expect((await api.call('/queue/request-access', again)).status).toBe(410);
    await giveUp(tokens);
  });

  it('repeats its request while the service does not answer', async () => {
    const { tokens, ticket } = await wait();
    await using opened = await open(ticket);
    const { page } = opened;
    const trouble = page.getByText('The service does not answer at the moment.');
    await page.getByRole('status').getByText('You are number').waitFor();
    expect(await trouble.isVisible()).toBe(false);
    await page.route('**/queue/request-access', (route) => route.abort());
    await trouble.waitFor();
    await page.unroute('**/queue/request-access');
    await trouble.waitFor({ state: 'hidden' });
    expect(await page.getByText('You are number').isVisible()).toBe(true);
    await giveUp(tokens);
  });

  it('reports a missing or lost place, and links back', async () => {
    const { tokens, ticket } = await wait();
    for (const given of [undefined, 'nonsense', ticket]) {
      if (given === ticket) await giveUp(tokens);
      await using opened = await open(given);
      const { page } = opened;
      const heading = page.getByRole('heading', { name: 'You have no place in the queue' });
      await heading.waitFor();
      expect(await heading.evaluate((element) => element === document.activeElement)).toBe(true);
      expect(await page.getByRole('heading').count()).toBe(1);
      await page.getByRole('link', { name: 'Go back' }).click();
      await page.waitForURL(`${workers.url}${RETURN}`);
    }
  });

  it.each(['light', 'dark'] as const)(
    'has no accessibility violation (%s), and fits a phone',
    async (colorScheme) => {
      const { tokens, ticket } = await wait();
      const viewport = { width: 320, height: 740 };
      for (const given of [ticket, undefined]) {
        await using opened = await open(given, { colorScheme, viewport, bypassCSP: true });
        const { page } = opened;
        await page
          .getByText(given === undefined ? 'Go back' : 'You are number')
          .first()
          .waitFor();
        expect(await violationsOf(page)).toEqual([]);
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(overflow).toBeLessThanOrEqual(0);
      }
      await giveUp(tokens);
    },
  );
});
