import { AxeBuilder } from '@axe-core/playwright';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { ApiClient } from '../support/node/api-client.ts';
import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { freePort, Instance, temporaryFolder } from '../support/node/instance.ts';
import { notRun } from '../support/node/not-run.ts';

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: the inspector');

const PASSWORD = 'correct horse battery';
const ADMIN = { email: 'admin@sallyport.local', password: 'a password for the tests only' };
const PATH = '/connect/inspector';

describe.each(found === undefined ? [] : [found])('the inspector in Chromium (%s)', (path) => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let instance: Instance;
  let api: ApiClient;
  let admin: string;

  beforeAll(async () => {
    folder = await temporaryFolder();
    instance = new Instance({
      port: await freePort(),
      dataDir: folder.path,
      env: { RATE_LIMIT_SCALE: '1000', SALLYPORT_ADMIN_PASSWORD: ADMIN.password },
    });
    [browser] = await Promise.all([launchChromium(path), instance.ready()]);
    api = new ApiClient(instance.url);
    admin = (await api.login(ADMIN)).json.accessToken;
  });
  afterAll(async () => {
    await browser.close();
    await instance.signal('SIGTERM');
    await folder[Symbol.asyncDispose]();
  });

  /** Signs a new user in at the inspector, and waits until it has connected. */
  async function open(options: BrowserContextOptions = {}) {
    const { email } = await api.register({ email: anEmail(), password: PASSWORD });
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(instance.url + PATH);
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await connected(page);
    return { page, complaints, [Symbol.asyncDispose]: () => context.close() };
  }

  const anEmail = () => `ada.${crypto.randomUUID().slice(0, 8)}@example.com`;
  const connected = (page: Page) => page.getByText('Connected.', { exact: true }).waitFor();
  const press = (page: Page, name: string) =>
    page.getByRole('button', { name, exact: true }).click();
  const sessionOf = (page: Page) => page.locator('#session-id').innerText();
  const frames = (page: Page, text: string) => page.locator('#frames > li', { hasText: text });

  const publish = async (sessionId: string, eventName: string, more: object = {}) => {
    const event = { target: { sessionId }, eventName, payload: { n: 1 }, ...more };
    const { status, json } = await api.call('/api/v1/connect/events', {
      token: admin,
      body: event,
    });
    expect(status).toBe(202);
    return json as { delivered: number; kept: number };
  };

  /** The rows of the frame's table of fields. */
  async function decode(page: Page, text: string) {
    const frame = frames(page, text).first();
    await frame.locator('summary').click();
    await frame.locator('table').waitFor();
    const rows = await frame.locator('tr[data-field]').all();
    const cells = rows.map(async (row) => (await row.locator('td, th').allInnerTexts()).join('|'));
    const hex = await frame.locator('pre.hex').innerText();
    return { fields: await Promise.all(cells), hex, frame };
  }

  async function sequenceOf(page: Page, text: string): Promise<number> {
    const { fields } = await decode(page, text);
    const value = fields
      .find((field) => field.includes('|sequence|'))
      ?.split(' ')
      .at(-1);
    return Number(value);
  }

  async function echo(page: Page, payload: string) {
    await page.getByLabel('Filter endpoints').fill('echo');
    await page.getByRole('button', { name: 'POST:/echo' }).click();
    await page.getByLabel('Payload').fill(payload);
    await press(page, 'Send');
  }

  it('redirects to sign-in and back, and shows what the session may call', async () => {
    await using opened = await open();
    const { page, complaints } = opened;
    expect(new URL(page.url()).pathname).toBe(PATH);
    expect(await sessionOf(page)).toMatch(/^ses_/);
    expect(await page.locator('#manifest-hash').innerText()).toMatch(/^[\w-]{43}$/);
    expect(await page.locator('#limits').innerText()).toContain('1048576 bytes of payload');
    await page.getByLabel('Filter endpoints').fill('profile get');
    const endpoints = page.locator('#endpoints button');
    expect(await endpoints.count()).toBe(1);
    expect(await endpoints.innerText()).toContain('identity GET:/api/v1/auth/profile');
    expect(await endpoints.innerText()).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-5/);
    await frames(page, 'connect.capability-manifest').waitFor();
    const clock = await page.locator('#token-clock').innerText();
    expect(clock).toMatch(/expires in [45]:\d\d/);
    expect(complaints).toEqual([]);
  });

  it('sends a call, and shows the bytes of both frames', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByLabel('Channel').fill('258');
    await echo(page, '{"a":1}');
    await page.getByText(/Answered with 0 OK after \d+ ms/).waitFor();

    const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(
      await page.locator('#endpoints button').innerText(),
    )?.[0];
    const spaced = guid?.replaceAll('-', '').match(/../g)?.join(' ');
    const sent = page.locator('#frames > li.out.request').first();
    await sent.locator('summary').click();
    await sent.locator('table').waitFor();
    const request = await sent.locator('tr[data-field]').allInnerTexts();
    expect(request.map((row) => row.replace(/\s+/g, ' '))).toEqual([
      '0 flags 00 0x00',
      '1–2 channel 01 02 258',
      '3–6 sequence 00 00 00 02 2',
      `7–22 GUID ${spaced} ${guid} echo POST:/echo`,
      '23–30 message id 00 00 00 00 00 00 00 02 2',
      '31–37 payload 7 bytes',
    ]);
    const { fields, hex, frame } = await decode(page, '0 OK 23 bytes');
    expect(fields.map((field) => field.replace(/\s+/g, ' '))).toEqual([
      '0|flags|40 0x40 response',
      '1–2|channel|01 02 258',
      '3–6|sequence|00 00 00 02 2',
      '7–14|message id|00 00 00 00 00 00 00 02 2',
      '15|code|00 0 OK',
      '16–22|payload|7 bytes',
    ]);
    expect(hex.split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^0000 +40 01 02 00 00 00 02 00 00 00 00 00 00 00 02 00 /),
      expect.stringMatching(/^0010 +7b 22 61 22 3a 31 7d /),
    ]);
    expect(await frame.locator('pre.payload').innerText()).toBe('{\n  "a": 1\n}');
  });

  it('fills the form in from the schema, and requests descriptions', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByLabel('Filter endpoints').fill('reauthenticate');
    await page.getByRole('button', { name: 'POST:/connect/reauthenticate' }).click();
    const payload = page.getByLabel('Payload');
    await expect.poll(() => payload.inputValue()).toContain('accessToken');
    await payload.fill('');
    await page.getByLabel('meta').check();
    await page.getByLabel('What to describe').selectOption('3 all');
    await press(page, 'Send');
    await page.getByText(/Answered with 0 OK/).waitFor();
    const { fields } = await decode(page, '0 OK');
    expect(fields[0]).toContain('0xc0 response meta');
    expect(fields[1]).toContain('3 all');
  });

  it('shows the problem document of a refused call', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByLabel('Channel').fill('1001');
    await echo(page, '1');
    await page.getByText(/Answered with 13 InvalidRequestChannel/).waitFor();
    const { frame } = await decode(page, '13 InvalidRequestChannel');
    expect(await frame.locator('pre.payload').innerText()).toContain(
      '"code": "InvalidRequestChannel"',
    );
  });

  it('sends bytes, and events without an answer', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByLabel('binary').check();
    await echo(page, 'ff 00 zz');
    await page.getByText('write pairs of hexadecimal digits').waitFor();
    await echo(page, 'ff 00');
    await page.getByText(/Answered with 0 OK/).waitFor();
    const { fields } = await decode(page, '0 OK 18 bytes');
    expect(fields[0]).toContain('0x41 binary response');
    await page.getByLabel('event', { exact: true }).check();
    await press(page, 'Send');
    await page.getByText('Sent. No answer is expected.').waitFor();
    expect(await page.getByRole('button', { name: 'Cancel' }).isDisabled()).toBe(true);
  });

  it('shows a published event, and the keep-alive', async () => {
    await using opened = await open();
    const { page } = opened;
    const { delivered } = await publish(await sessionOf(page), 'trade.offer-made');
    expect(delivered).toBe(1);
    await frames(page, 'trade.offer-made').waitFor();
    const { fields, frame } = await decode(page, 'trade.offer-made');
    expect(fields[0]).toContain('0x10 event');
    expect(fields[3]).toContain('00000000-0000-0000-0000-000000000000 the hub');
    expect(await frame.locator('pre.payload').innerText()).toContain('"n": 1');
    await press(page, 'Ping');
    await frames(page, 'pong').waitFor();
  });

  it('drops the connection, resumes it, and misses no event', async () => {
    await using opened = await open();
    const { page, complaints } = opened;
    const sessionId = await sessionOf(page);
    await publish(sessionId, 'before.drop');
    await frames(page, 'before.drop').waitFor();
    const before = await sequenceOf(page, 'before.drop');
    await press(page, 'Drop');
    await page.getByText(`Dropped with 4900 after event ${before}.`).waitFor();
    await expect
      .poll(async () => publish(sessionId, 'while.away'))
      .toMatchObject({
        delivered: 0,
        kept: 1,
      });
    await publish(sessionId, 'while.away.too', { eventId: 'once' });
    await publish(sessionId, 'while.away.too', { eventId: 'once' });
    await press(page, 'Resume');
    await page
      .getByText(
        `Resumed after event ${before}. Replayed: 2 (${before + 1}–${before + 2}). None is missing.`,
      )
      .waitFor();
    await publish(sessionId, 'after.resume');
    await frames(page, 'after.resume').waitFor();

    expect(await frames(page, 'while.away.too').count()).toBe(1);
    expect(await sequenceOf(page, 'while.away.too')).toBe(before + 2);
    expect(await sequenceOf(page, 'after.resume')).toBe(before + 3);
    expect(await page.locator('#replay').innerText()).not.toContain(String(before + 3));
    expect(complaints).toEqual([]);
  });

  it('reauthenticates with a new token, and disconnects', async () => {
    await using opened = await open();
    const { page } = opened;
    await press(page, 'Reauthenticate');
    await frames(page, 'connect POST:/connect/reauthenticate').waitFor();
    await frames(page, '0 OK').waitFor();
    await press(page, 'Disconnect');
    await page.getByText('Disconnected with 1000. The stream has ended.').waitFor();
    expect(await page.getByRole('button', { name: 'Resume' }).isDisabled()).toBe(true);
    await press(page, 'Connect');
    await connected(page);
  });

  it('shows the end of the session', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.context().clearCookies({ name: 'sallyport-session' });
    await press(page, 'Disconnect');
    await press(page, 'Connect');
    await page.getByText('You are no longer signed in.').waitFor();
  });

  it('can be used by keyboard, and does not lose the focus', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.getByRole('button', { name: 'Drop' }).focus();
    await page.keyboard.press('Enter');
    const focused = 'document.activeElement.textContent';
    await expect.poll(() => page.evaluate(focused)).toBe('Resume');
    await page.keyboard.press('Enter');
    await connected(page);
    await page.locator('#frames summary').first().focus();
    await page.keyboard.press('Enter');
    await page.locator('#frames pre').first().waitFor();
  });

  it('shows the last 500 frames', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.evaluate(
      "for (let n = 0; n < 600; n += 1) document.getElementById('ping').click();",
    );
    await page.getByText('500 frames').waitFor();
    expect(await page.locator('#frames > li').count()).toBe(500);
    await press(page, 'Clear');
    expect(await page.locator('#frames > li').count()).toBeLessThan(500);
  });

  it.each([
    ['light', 320],
    ['dark', 320],
    ['light', 1280],
    ['dark', 1280],
  ] as const)('has no accessibility violation and fits (%s, %i)', async (colorScheme, width) => {
    await using opened = await open({
      colorScheme,
      viewport: { width, height: 900 },
      bypassCSP: true,
    });
    const { page } = opened;
    await echo(page, '{"a":1}');
    await page.getByText(/Answered with 0 OK/).waitFor();
    await page.locator('#frames summary').first().click();
    await page.locator('#frames table').waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)).toEqual([]);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
