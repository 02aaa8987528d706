import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { freePort, Instance, temporaryFolder } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: the way from our forms to a client');

/** A client whose callback redirects once more, as clients do that hand over to an app or another server. */
class RedirectingClient {
  readonly origin: string;
  /** What came to the callbacks. */
  readonly answers: URLSearchParams[] = [];
  readonly #server: Server;
  readonly #elsewhere: string;

  constructor(port: number, elsewhere: string) {
    this.origin = `http://127.0.0.1:${port}`;
    this.#elsewhere = elsewhere;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    }).listen(port, '127.0.0.1');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    const body = (await request.toArray()).join('');
    const sent = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams;
    if (url.pathname.startsWith('/to-')) this.answers.push(sent);
    const location = { '/to-server': this.#elsewhere, '/to-app': 'myapp://signed-in' }[
      url.pathname
    ];
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (location !== undefined) response.writeHead(302, { location });
    response.end(`<!doctype html><title>${url.pathname}</title>`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe.each(found === undefined ? [] : [found])('the way from our forms (%s)', (path) => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let instance: Instance;
  let client: RedirectingClient;
  let elsewhere: RedirectingClient;
  let clientId: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const env = { RATE_LIMIT_SCALE: '1000' };
    instance = new Instance({ port: await freePort(), dataDir: folder.path, env });
    elsewhere = new RedirectingClient(await freePort(), '');
    client = new RedirectingClient(await freePort(), `${elsewhere.origin}/landed`);
    [browser] = await Promise.all([launchChromium(path), instance.ready()]);
    const registered = await fetch(`${instance.url}/oauth2/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Notes',
        redirect_uris: [`${client.origin}/to-server`, `${client.origin}/to-app`],
        post_logout_redirect_uris: [`${client.origin}/to-server`],
        token_endpoint_auth_method: 'none',
      }),
    });
    clientId = ((await registered.json()) as { client_id: string }).client_id;
  });
  afterAll(async () => {
    await browser.close();
    await client.close();
    await elsewhere.close();
    await instance.signal('SIGTERM');
    await folder[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    client.answers.length = 0;
  });

  const authorizeUrl = (callback: string, more: Readonly<Record<string, string>> = {}): string =>
    `${instance.url}/oauth2/authorize?${new URLSearchParams({
      client_id: clientId,
      redirect_uri: client.origin + callback,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      state: 'a "state" & more; url=x',
      prompt: 'consent',
      ...more,
    })}`;

  /** A page of a browser in which somebody is signed in, and what its policies have blocked. */
  async function signedIn(): Promise<{ page: Page; blocked: string[]; requested: string[] }> {
    const page = await (await browser.newContext()).newPage();
    const blocked: string[] = [];
    const requested: string[] = [];
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) blocked.push(message.text());
    });
    page.on('request', (request) => requested.push(request.url()));
    await page.goto(`${instance.url}/create-account`);
    await page.getByLabel('Email').fill(`ada.${crypto.randomUUID().slice(0, 8)}@example.com`);
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.waitForURL('**/account');
    return { page, blocked, requested };
  }

  it.each(['query', 'fragment', 'form_post'])(
    'leads through the client’s own redirect to http on another port (%s)',
    async (response_mode) => {
      const { page, blocked } = await signedIn();
      await page.goto(authorizeUrl('/to-server', { response_mode }));
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.waitForURL(`${elsewhere.origin}/landed**`);
      expect(blocked).toEqual([]);
      const [answer] = client.answers;
      if (response_mode !== 'fragment') {
        expect(answer?.get('code')).toMatch(/^sac_/);
        expect(answer?.get('state')).toBe('a "state" & more; url=x');
      }
      await page.context().close();
    },
  );

  it('leads through the client’s own redirect to an app', async () => {
    const { page, blocked, requested } = await signedIn();
    await page.goto(authorizeUrl('/to-app'));
    await page.getByRole('button', { name: 'Allow' }).click();
    await expect.poll(() => requested).toContainEqual('myapp://signed-in');
    expect(blocked).toEqual([]);
    expect(client.answers[0]?.get('code')).toMatch(/^sac_/);
    await page.context().close();
  });

  it('leads there when the user refuses', async () => {
    const { page, blocked } = await signedIn();
    await page.goto(authorizeUrl('/to-server'));
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.waitForURL(`${elsewhere.origin}/landed**`);
    expect(client.answers[0]?.get('error')).toBe('access_denied');
    expect(blocked).toEqual([]);
    await page.context().close();
  });

  it('is no entry of the history: going back does not lead to the code', async () => {
    const { page } = await signedIn();
    await page.goto(authorizeUrl('/to-server'));
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${elsewhere.origin}/landed**`);
    await page.goBack();
    await page.getByRole('heading').waitFor();
    expect(page.url()).toContain(`${instance.url}/consent`);
    expect(client.answers).toHaveLength(1);
    await page.context().close();
  });

  it('leads from the question whether to sign out to where the client wants', async () => {
    const { page, blocked } = await signedIn();
    const query = new URLSearchParams({
      client_id: clientId,
      post_logout_redirect_uri: `${client.origin}/to-server`,
    });
    await page.goto(`${instance.url}/oauth2/logout?${query}`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${elsewhere.origin}/landed**`);
    expect(blocked).toEqual([]);
    await page.context().close();
  });
});
