import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { freePort, Instance, temporaryFolder } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: the page before a client’s address');

/** A client that registered itself: its pages, and what came back to it. */
class ClientSite {
  readonly origin: string;
  /** The parameters of each answer, in its query or its form. */
  readonly answers: Readonly<Record<string, string>>[] = [];
  /** What `/` shows. */
  html = '';
  readonly #server: Server;

  constructor(port: number) {
    this.origin = `http://127.0.0.1:${port}`;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    }).listen(port, '127.0.0.1');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await this.#take(request);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(body);
  }

  async #take(request: IncomingMessage): Promise<string> {
    const url = new URL(request.url ?? '/', this.origin);
    if (url.pathname !== '/cb') return `<!doctype html><title>Client</title>${this.html}`;
    const body = (await request.toArray()).join('');
    const sent = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams;
    this.answers.push(Object.fromEntries(sent));
    return '<!doctype html><title>Answered</title>';
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe.each(found === undefined ? [] : [found])('the page before an address (%s)', (path) => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let instance: Instance;
  let client: ClientSite;
  let clientId: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const env = { RATE_LIMIT_SCALE: '1000' };
    instance = new Instance({ port: await freePort(), dataDir: folder.path, env });
    client = new ClientSite(await freePort());
    [browser] = await Promise.all([launchChromium(path), instance.ready()]);
    const registered = await fetch(`${instance.url}/oauth2/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Your Bank',
        redirect_uris: [`${client.origin}/cb`],
        token_endpoint_auth_method: 'none',
      }),
    });
    clientId = ((await registered.json()) as { client_id: string }).client_id;
  });
  afterAll(async () => {
    await browser.close();
    await client.close();
    await instance.signal('SIGTERM');
    await folder[Symbol.asyncDispose]();
  });

  const authorizeUrl = (more: Readonly<Record<string, string>>): string =>
    `${instance.url}/oauth2/authorize?${new URLSearchParams({
      client_id: clientId,
      redirect_uri: `${client.origin}/cb`,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      state: 'a-state',
      prompt: 'none',
      ...more,
    })}`;

  const newPage = async (): Promise<Page> => (await browser.newContext()).newPage();
  const ANSWER = expect.objectContaining({ error: 'login_required', state: 'a-state' });

  it.each(['query', 'fragment', 'form_post'])(
    'names it, and leads there when the person presses the button (%s)',
    async (mode) => {
      const page = await newPage();
      client.answers.length = 0;
      await page.goto(authorizeUrl({ response_mode: mode }));
      await page.getByText(new URL(client.origin).host).waitFor();
      expect(client.answers).toEqual([]);
      await page.getByText('Continue').click();
      await page.waitForURL(`${client.origin}/cb**`);
      const answered = new URL(page.url()).hash.slice(1);
      const inFragment = Object.fromEntries(new URLSearchParams(answered));
      expect(mode === 'fragment' ? [inFragment] : client.answers).toEqual([ANSWER]);
      await page.context().close();
    },
  );

  it('is left out in a frame of the client, which gets its answer', async () => {
    const page = await newPage();
    client.answers.length = 0;
    client.html = `<iframe src="${authorizeUrl({}).replaceAll('&', '&amp;')}"></iframe>`;
    const answered = page.waitForResponse((response) => response.url().includes('/cb?'));
    await page.goto(client.origin);
    await answered;
    expect(client.answers).toEqual([ANSWER]);
    await page.context().close();
  });

  it('is not fetched ahead of the person', async () => {
    const page = await newPage();
    const url = authorizeUrl({});
    client.html = `<link rel="prefetch" href="${url.replaceAll('&', '&amp;')}">`;
    const prefetched = page.waitForResponse(url);
    await page.goto(client.origin);
    expect((await prefetched).status()).toBe(403);
    await page.goto(url);
    await page.getByText('Continue').waitFor();
    await page.context().close();
  });
});
