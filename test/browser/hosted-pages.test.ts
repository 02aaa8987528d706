import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { freePort, Instance, temporaryFolder } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: the hosted pages');

const PASSWORD = 'correct horse battery';

describe.each(found === undefined ? [] : [found])('the hosted pages in Chromium (%s)', (path) => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let instance: Instance;

  beforeAll(async () => {
    folder = await temporaryFolder();
    instance = new Instance({
      port: await freePort(),
      dataDir: folder.path,
      env: { RATE_LIMIT_SCALE: '1000', BRAND_NAME: 'Castle Games', BRAND_COLOR: '#ffd400' },
    });
    [browser] = await Promise.all([launchChromium(path), instance.ready()]);
  });
  afterAll(async () => {
    await browser.close();
    await instance.signal('SIGTERM');
    await folder[Symbol.asyncDispose]();
  });

  const open = (page: Page, address: string) => page.goto(instance.url + address);

  async function createAccount(page: Page): Promise<string> {
    const email = `ada.${crypto.randomUUID().slice(0, 8)}@example.com`;
    await open(page, '/create-account');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.waitForURL('**/account');
    return email;
  }

  /** Opens an authorization request of a third-party client, which needs consent. */
  async function authorizeUrl(): Promise<string> {
    const redirectUri = `${instance.url}/signed-out`;
    const registered = await fetch(`${instance.url}/oauth2/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Notes',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'none',
        policy_uri: 'https://notes.example/privacy',
      }),
    });
    const { client_id } = (await registered.json()) as { client_id: string };
    return `${instance.url}/oauth2/authorize?${new URLSearchParams({
      client_id,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid profile offline_access',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
      state: 'a-state',
      prompt: 'consent',
    })}`;
  }

  const violationsOf = async (page: Page) => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    return violations.map(({ id, nodes }) => `${page.url()} ${id} ${nodes[0]?.html}`);
  };

  it.each(['light', 'dark'] as const)(
    'have no accessibility violation (%s), and obey their content security policy',
    async (colorScheme) => {
      const context = await browser.newContext({ colorScheme });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (/policy|refused/i.test(message.text())) complaints.push(message.text());
      });
      const expectClean = async () => expect(await violationsOf(page)).toEqual([]);

      await open(page, '/sign-in');
      await expectClean();
      await page.getByLabel('Email').fill('nobody@example.com');
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      await expectClean();
      await open(page, '/create-account');
      await page.getByRole('button', { name: 'Create account' }).click();
      await expectClean();
      await open(page, '/sign-in?interaction=AAAAAAAAAAAAAAAAAAAAAA');
      await page.getByText('Details for support').click();
      await expectClean();
      await open(page, '/signed-out');
      await expectClean();
      await createAccount(page);
      await expectClean();
      await page.goto(await authorizeUrl());
      await page.getByRole('button', { name: 'Allow' }).waitFor();
      await expectClean();
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  it.each([320, 390, 1280])('fit a screen of %i pixels', async (width) => {
    const context = await browser.newContext({ viewport: { width, height: 740 } });
    const page = await context.newPage();
    await createAccount(page);
    const consent = await authorizeUrl();
    for (const address of ['/account', '/sign-in?account=other', '/create-account', consent]) {
      await page.goto(new URL(address, instance.url).href);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([address, Number(overflow) <= 0]).toEqual([address, true]);
    }
    await context.close();
  });

  it('can be used by keyboard to sign in, beginning in the first field', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const email = await createAccount(page);
    await context.clearCookies();
    await open(page, '/sign-in');
    // A browser focuses the field a moment after the page has loaded.
    await page.locator('input[name="email"]:focus').waitFor();
    await page.keyboard.type(email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Sign in');
    const ring = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(ring).toBe('solid');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/account');
    await context.close();
  });

  it('work without JavaScript, up to the redirect to the client', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const email = await createAccount(page);
    await page.getByRole('button', { name: 'Sign out' }).first().click();
    await page.waitForURL('**/signed-out');
    await page.goto(await authorizeUrl());
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
      'Notes wants access to your account',
    );
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL('**/signed-out?code=*');
    expect(new URL(page.url()).searchParams.get('state')).toBe('a-state');

    await open(page, '/account');
    await page.getByRole('button', { name: 'Remove access of Notes' }).click();
    await page.getByText('That application has no access any more.').waitFor();
    await context.close();
  });

  it('cannot be framed by another site', async () => {
    const context = await browser.newContext();
    expect(await framed(context, `${instance.url}/health`)).toContain('UP');
    expect(await framed(context, `${instance.url}/sign-in`)).not.toContain('Email');
    await context.close();
  });

  async function framed(context: BrowserContext, address: string): Promise<string> {
    const page = await context.newPage();
    await page.route('http://localhost:1/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<iframe src="${address}"></iframe>` }),
    );
    await page.goto('http://localhost:1/');
    await page.waitForLoadState('networkidle');
    const [, frame] = page.frames();
    return frame === undefined ? '' : frame.content();
  }

  it('take the brand from the configuration', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await open(page, '/sign-in');
    expect(await page.title()).toBe('Sign in – Castle Games');
    const button = page.getByRole('button', { name: 'Sign in' });
    const color = await button.evaluate((element) => getComputedStyle(element).color);
    // Yellow is darkened until it has contrast to white, and its text is black.
    expect(color).toBe('rgb(0, 0, 0)');
    await context.close();
  });
});
