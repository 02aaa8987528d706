import { beforeEach, describe, expect, it } from 'vitest';

import type { SafeFetch, SafeRequest } from '../../../../../shared/http/safe-fetch.ts';
import { asPage, BackchannelFixture } from '../../../../support/backchannel-fixture.ts';
import { ADA } from '../../../../support/identity-fixture.ts';
import { BOB } from '../../../../support/page-fixture.ts';

let test: BackchannelFixture;
beforeEach(async () => {
  test = await BackchannelFixture.start();
  await test.bank();
});

const ask = async (form = {}): Promise<string> =>
  (await test.askUser({ binding_message: 'W4SCT', ...form })).json.auth_req_id;
const stateOf = async (id: string) => (await test.pollBank(id)).json.error;
/** Where the user answers what came last. */
async function pathOfRequest(): Promise<string> {
  const { html } = await test.page.browser.open('/account');
  return /\/account\/requests\/[\w-]{43}/.exec(html)?.[0] ?? '';
}

describe('requests that wait for a user', () => {
  it('are on the account page while they wait', async () => {
    await test.page.signIn();
    expect((await test.page.browser.open('/account')).text).not.toContain('Requests waiting');
    await ask();
    test.backend.now += 120_000;
    const account = await test.page.browser.open('/account');
    expect(account.text).toContain('Requests waiting for you');
    expect(account.text).toContain('The bank W4SCT Asked 2 minutes ago');
    test.backend.now += 180_000;
    expect((await test.page.browser.open('/account')).text).not.toContain('Requests waiting');
  });

  it('are shown to no other user', async () => {
    await ask();
    await test.page.signIn();
    const path = await pathOfRequest();
    await test.page.signIn(BOB);
    expect(await pathOfRequest()).toBe('');
    expect((await test.page.browser.open(path)).status).toBe(400);
  });

  it('are left out of the account page where the store does not answer', async () => {
    await ask();
    await test.page.signIn();
    test.backend.down.add('ttlStore');
    expect((await test.page.browser.open('/account')).status).toBe(200);
    expect(test.backend.logged.map(({ event }) => event)).toContain('requests.read_failed');
  });
});

describe('the page of a request (CIBA §8)', () => {
  it('shows the client, the binding message and every permission', async () => {
    await ask({ scope: 'openid email' });
    await test.page.signIn();
    const page = await test.page.browser.open(await pathOfRequest());
    expect(page.title).toBe('Is this you at The bank?');
    expect(page.text).toContain('W4SCT');
    expect(page.text).toContain('See your email address');
    expect(page.text).toContain('Nobody has checked who made this application');
  });

  it('asks for a sign-in first', async () => {
    await ask();
    await test.page.signIn();
    const path = await pathOfRequest();
    await test.page.browser.press(await test.page.browser.open('/account'), 'Sign out');
    const signIn = await test.page.browser.open(path);
    expect(signIn.url.pathname).toBe('/sign-in');
    const page = asPage(await test.page.browser.press(signIn, 'Sign in', ADA));
    expect(page.url.pathname).toBe(path);
  });

  it('asks for a fresh sign-in first where the client wants one (default_max_age)', async () => {
    await test.bank({ defaultMaxAge: 0 });
    await test.page.signIn();
    test.backend.now += 1;
    await ask();
    const signIn = await test.page.browser.open(await pathOfRequest());
    expect(signIn.url.pathname).toBe('/sign-in');
    const page = asPage(await test.page.browser.press(signIn, 'Sign in', ADA));
    test.backend.now += 1;
    expect(asPage(await test.page.browser.press(page, 'Allow')).text).toContain('Allowed.');
  });

  it.each(['x', 'A'.repeat(43), '%2e%2e'])('is not found at %s', async (id) => {
    await test.page.signIn();
    const { status } = await test.page.browser.open(`/account/requests/${id}`);
    expect([400, 404]).toContain(status);
  });
});

describe('an answer to a request', () => {
  it.each([
    ['Allow', undefined, 'Allowed.'],
    ['Deny', 'access_denied', 'Denied.'],
  ] as const)('can be %s', async (answer, state, said) => {
    const id = await ask();
    await test.page.signIn();
    const page = asPage(await test.answerBank(answer));
    expect(page.url.pathname).toBe('/account');
    expect(page.text).toContain(said);
    expect(page.text).not.toContain('Requests waiting');
    expect(await stateOf(id)).toBe(state);
    expect(test.backend.consents.stored.size).toBe(answer === 'Allow' ? 1 : 0);
  });

  it('is refused from another site (CSRF)', async () => {
    const id = await ask();
    await test.page.signIn();
    const path = await pathOfRequest();
    const { fields } = (await test.page.browser.open(path)).form('Allow');
    const allow = { ...fields, answer: 'allow' };
    expect((await test.page.post(path, { ...allow, csrf_token: 'x' })).status).toBe(403);
    const evil = { origin: 'https://evil.example' };
    expect((await test.page.post(path, allow, evil)).status).toBe(403);
    expect(await stateOf(id)).toBe('authorization_pending');
  });

  it('counts only for the request and the user that the page showed', async () => {
    const id = await ask();
    await test.page.signIn();
    const path = await pathOfRequest();
    const { fields } = (await test.page.browser.open(path)).form('Allow');
    const allow = { ...fields, answer: 'allow' };
    expect((await test.page.postPage(path, { ...allow, shown: 'x' })).title).toContain('Is this');
    await test.bank({ name: 'Another' });
    expect((await test.page.postPage(path, allow)).title).toBe('Is this you at Another?');
    await test.page.signIn(BOB);
    expect((await test.page.post(path, allow)).status).toBe(400);
    expect(await stateOf(id)).toBe('authorization_pending');
  });

  it('is final, so a second one is refused', async () => {
    const id = await ask();
    await test.page.signIn();
    const path = await pathOfRequest();
    const { fields } = (await test.page.browser.open(path)).form('Allow');
    const answers = ['deny', 'allow', 'maybe'];
    const statuses = [];
    for (const answer of answers) {
      statuses.push((await test.page.post(path, { ...fields, answer })).status);
    }
    expect(statuses).toEqual([303, 400, 400]);
    expect((await test.page.browser.open(path)).status).toBe(400);
    expect(await stateOf(id)).toBe('access_denied');
  });
});

describe('the ping (CIBA §10.2)', () => {
  const endpoint = 'https://bank.example/cb';
  const token = 'f4oirNBUlM';
  let sent: [string, SafeRequest][] = [];

  /** Answers the pings in turn. */
  async function pinged(...answers: Awaited<ReturnType<SafeFetch>>[]) {
    sent = [];
    const fetchSafely: SafeFetch = async (url, request) => {
      sent.push([url, request]);
      return answers[sent.length - 1] ?? { ok: false, error: { reason: 'unreachable' } };
    };
    Object.assign(test.services, { fetchSafely });
    await test.bank({
      backchannelTokenDeliveryMode: 'ping',
      backchannelClientNotificationEndpoint: endpoint,
    });
    const id = await ask({ client_notification_token: token });
    await test.page.signIn();
    await test.answerBank('Allow');
    await Promise.all(test.page.identity.deferred);
    return id;
  }
  const answer = (status: number) =>
    ({ ok: true, value: { status, headers: new Headers(), body: new Uint8Array() } }) as const;
  const events = () => test.backend.logged.map(({ event }) => event);

  it('tells the client, with its own token and the auth_req_id and nothing else', async () => {
    const id = await pinged(answer(204));
    expect(sent).toEqual([
      [
        endpoint,
        {
          method: 'POST',
          accept: '*/*',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({ auth_req_id: id }),
          maxBytes: 4_096,
        },
      ],
    ]);
    expect(events()).toContain('ciba.ping_told');
    // A client that was told polls at once, however shortly before it did.
    expect(await stateOf(id)).toBeUndefined();
  });

  it('is tried three times where the client does not answer', async () => {
    await pinged(answer(503), answer(204));
    expect([sent.length, test.backend.pauses]).toEqual([2, [1_000]]);
    test.backend.pauses.length = 0;
    await pinged();
    expect([sent.length, test.backend.pauses]).toEqual([3, [1_000, 4_000]]);
    expect(events()).toContain('ciba.ping_failed');
  });

  it('is not tried again where the client refuses it or redirects it', async () => {
    await pinged(answer(401), answer(204));
    expect(sent).toHaveLength(1);
    await pinged({ ok: false, error: { reason: 'redirect' } }, answer(204));
    expect(sent).toHaveLength(1);
    expect(events()).toContain('ciba.ping_refused');
  });

  it('needs a token of the client’s to be authorized with (§7.1)', async () => {
    await test.bank({
      backchannelTokenDeliveryMode: 'ping',
      backchannelClientNotificationEndpoint: endpoint,
    });
    for (const bad of ['', 'two words', 'x'.repeat(1_025)]) {
      const { json } = await test.askUser({ client_notification_token: bad });
      expect(json.error).toBe('invalid_request');
    }
  });

  it('is stored sealed while the request waits', async () => {
    await pinged(answer(204));
    expect([...test.backend.values.values()].join()).not.toContain(token);
  });

  it('is sent only to clients that are registered for it', async () => {
    await pinged(answer(204));
    sent = [];
    await test.bank({ backchannelClientNotificationEndpoint: endpoint });
    await ask({ client_notification_token: token });
    await test.answerBank('Deny');
    await Promise.all(test.page.identity.deferred);
    expect(sent).toEqual([]);
  });
});
