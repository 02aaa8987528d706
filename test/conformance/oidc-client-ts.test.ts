import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { notRun } from '../support/node/not-run.ts';
import { issuer, newPerson, type Person, registerClient } from '../support/node/provider.ts';

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: oidc-client-ts in a browser');

const LIBRARY = readFileSync('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js');

/** The page of a single-page app, in which the library does everything. */
const pageOf = (clientId: string, origin: string) => `<!doctype html><html lang="en">
<title>A single-page app</title><body><h1>App</h1><script src="/oidc.js"></script><script>
window.manager = new oidc.UserManager({
  authority: ${JSON.stringify(issuer())}, client_id: ${JSON.stringify(clientId)},
  redirect_uri: '${origin}/callback', post_logout_redirect_uri: '${origin}/bye',
  scope: 'openid profile email offline_access', prompt: 'consent', loadUserInfo: true,
  automaticSilentRenew: false,
});
</script></body></html>`;

describe.each(found === undefined ? [] : [found])('oidc-client-ts in Chromium (%s)', (path) => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let app: Server;
  let origin: string;

  beforeAll(async () => {
    browser = await launchChromium(path);
    app = createServer();
    await new Promise<void>((listening) => app.listen(0, '127.0.0.1', listening));
    const address = app.address();
    origin = `http://localhost:${address === null || typeof address === 'string' ? 0 : address.port}`;
    const { client_id } = await registerClient({
      client_name: 'A single-page app',
      redirect_uris: [`${origin}/callback`],
      post_logout_redirect_uris: [`${origin}/bye`],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      id_token_signed_response_alg: 'ES256',
    });
    app.on('request', (request, response) => {
      const isLibrary = request.url === '/oidc.js';
      response.setHeader('content-type', isLibrary ? 'text/javascript' : 'text/html');
      response.end(isLibrary ? LIBRARY : pageOf(client_id, origin));
    });
  });
  afterAll(async () => {
    await browser.close();
    await new Promise((closed) => app.close(closed));
  });

  async function signIn(page: Page, person: Person): Promise<void> {
    await page.goto(origin);
    await page.evaluate('void manager.signinRedirect()');
    await page.getByLabel('Email').fill(person.email);
    await page.getByLabel('Password').fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${origin}/callback?**`);
  }

  it('signs a user in, reads userinfo, renews the tokens and signs out', async () => {
    const person = await newPerson('Hedy Lamarr');
    const context = await browser.newContext();
    const page = await context.newPage();
    await signIn(page, person);

    const user = await page.evaluate<{ profile: object; refresh_token: string }>(
      `manager.signinCallback().then(({ profile, refresh_token }) => ({ profile, refresh_token }))`,
    );
    expect(user.profile).toMatchObject({
      sub: person.accountId,
      email: person.email,
      name: 'Hedy Lamarr',
    });
    const renewed = await page.evaluate<string>(
      'manager.signinSilent().then((user) => user.refresh_token)',
    );
    expect(renewed).not.toBe(user.refresh_token);

    await page.evaluate('void manager.signoutRedirect()');
    await page.waitForURL(`${origin}/bye*`);
    await page.goto(`${issuer()}/account`);
    expect(await page.getByRole('button', { name: 'Sign in' }).count()).toBe(1);
    await context.close();
  });

  it('meets no page that breaks its own content security policy', async () => {
    const person = await newPerson();
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await signIn(page, person);
    expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
    await context.close();
  });
});
