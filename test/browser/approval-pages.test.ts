import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ApiClient } from '../support/node/api-client.ts';
import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { freePort, Instance, temporaryFolder } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: the pages of devices and requests');

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const ADMIN = { email: 'admin@sallyport.local', password: 'a password for the tests only' };
const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';

describe.each(found === undefined ? [] : [found])(
  'the pages of devices and requests in Chromium (%s)',
  (path) => {
    let browser: Awaited<ReturnType<typeof launchChromium>>;
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let instance: Instance;

    beforeAll(async () => {
      folder = await temporaryFolder();
      const env = { RATE_LIMIT_SCALE: '1000', SALLYPORT_ADMIN_PASSWORD: ADMIN.password };
      instance = new Instance({ port: await freePort(), dataDir: folder.path, env });
      [browser] = await Promise.all([launchChromium(path), instance.ready()]);
    });
    afterAll(async () => {
      await browser.close();
      await instance.signal('SIGTERM');
      await folder[Symbol.asyncDispose]();
    });

    const open = (page: Page, address: string) => page.goto(instance.url + address);
    const press = (page: Page, name: string) => page.getByRole('button', { name }).click();

    async function send(address: string, init: RequestInit): Promise<Record<string, string>> {
      const response = await fetch(instance.url + address, { method: 'POST', ...init });
      if (!response.ok) throw new Error(`${address}: ${await response.text()}`);
      return (await response.json()) as Record<string, string>;
    }
    const register = (metadata: object) =>
      send('/oauth2/register', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ redirect_uris: [], response_types: [], ...metadata }),
      });
    const form = (fields: Record<string, string>) => ({ body: new URLSearchParams(fields) });

    async function createAccount(page: Page): Promise<string> {
      const email = `ada.${crypto.randomUUID().slice(0, 8)}@example.com`;
      await open(page, '/create-account');
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password').fill('correct horse battery');
      await press(page, 'Create account');
      await page.waitForURL('**/account');
      return email;
    }

    async function beginDevice(): Promise<string> {
      const { client_id = '' } = await register({
        client_name: 'Living room TV',
        grant_types: [DEVICE_GRANT],
        token_endpoint_auth_method: 'none',
      });
      const begun = await send(
        '/oauth2/device_authorization',
        form({ client_id, scope: 'openid profile' }),
      );
      return begun['user_code'] ?? '';
    }

    async function askUser(email: string): Promise<void> {
      const api = new ApiClient(instance.url);
      const { accessToken } = (await api.login(ADMIN)).json;
      const metadata = {
        client_name: 'The bank',
        redirect_uris: [],
        grant_types: [CIBA_GRANT],
        token_endpoint_auth_method: 'client_secret_post',
        backchannel_token_delivery_mode: 'poll',
      };
      const made = await send('/api/v1/oauth/clients', {
        headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
        body: JSON.stringify({ metadata }),
      });
      const { clientId: client_id = '', clientSecret: client_secret = '' } = made;
      const hints = { login_hint: email, binding_message: `Payment of 45.00 to ${'x'.repeat(60)}` };
      const request = { client_id, client_secret, scope: 'openid email', ...hints };
      await send('/oauth2/bc-authorize', form(request));
    }

    it.each([
      ['light', 320],
      ['dark', 1_280],
    ] as const)(
      'have no accessibility violation (%s), obey their policy, and fit %i pixels',
      async (colorScheme, width) => {
        const context = await browser.newContext({
          colorScheme,
          viewport: { width, height: 740 },
        });
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('console', (message) => {
          if (/policy|refused/i.test(message.text())) complaints.push(message.text());
        });
        const expectClean = async () => {
          const { violations } = await new AxeBuilder({ page }).analyze();
          const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          const found = violations.map(({ id, nodes }) => `${page.url()} ${id} ${nodes[0]?.html}`);
          expect([found, Math.max(0, Number(overflow))]).toEqual([[], 0]);
        };

        const email = await createAccount(page);
        await open(page, '/device');
        await expectClean();
        await page.getByLabel('Code').fill('BBBB BBBB');
        await press(page, 'Continue');
        await page.getByText('no device waiting').waitFor();
        await expectClean();
        await page.getByLabel('Code').fill((await beginDevice()).toLowerCase());
        await press(page, 'Continue');
        await page.getByRole('button', { name: 'Allow' }).waitFor();
        await expectClean();
        await press(page, 'Allow');
        await page.getByText('Device connected').first().waitFor();
        await expectClean();

        await askUser(email);
        await open(page, '/account');
        await expectClean();
        await page.getByRole('link', { name: 'Review the request of The bank' }).click();
        await page.getByRole('button', { name: 'Deny' }).waitFor();
        await expectClean();
        await press(page, 'Deny');
        await page.getByRole('status').waitFor();
        expect(complaints).toEqual([]);
        await context.close();
      },
    );

    it('work without JavaScript', async () => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await createAccount(page);
      await open(page, `/device?user_code=${await beginDevice()}`);
      await press(page, 'Continue');
      await press(page, 'Allow');
      await page.getByText('Device connected').first().waitFor();
      await context.close();
    });
  },
);
