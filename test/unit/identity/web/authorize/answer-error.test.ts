import { beforeEach, describe, expect, it } from 'vitest';

import { ClientId } from '../../../../../shared/ids.ts';
import {
  denied,
  type Interaction,
  saveInteraction,
  signedIn,
} from '../../../../../workers/identity/oauth/authorize/interaction.ts';
import type { Client } from '../../../../../workers/identity/oauth/clients/client.ts';
import { authorizeFixture, QUERY, type Query } from '../../../../support/authorize-fixture.ts';
import { BrowserFixture, formOf } from '../../../../support/browser-fixture.ts';
import { ADA_ID, aClient, BOB_ID, REDIRECT_URI } from '../../../../support/oauth-fixture.ts';

const ISSUER = 'https://id.example.test';

type Fixture = ReturnType<typeof authorizeFixture>;
let its: Fixture;
let browser: BrowserFixture;

function start(more: Partial<Client> = {}) {
  its = authorizeFixture(aClient(more));
  browser = new BrowserFixture(its);
}
beforeEach(() => start());

const agree = (scopes = ['openid', 'profile'], accountId = ADA_ID) =>
  its.backend.consents.grant(
    {
      accountId,
      clientId: its.client.clientId,
      scopes,
      claims: [],
      resources: [],
      authorizationDetails: [],
    },
    0,
  );

const locationOf = (response: Response): URL =>
  new URL(response.headers.get('location') ?? 'about:blank', ISSUER);
const answerOf = (response: Response) => Object.fromEntries(locationOf(response).searchParams);

/** The interaction that a redirect to a page names. */
const idOf = (response: Response): string =>
  locationOf(response).searchParams.get('interaction') ?? '';

async function move(id: string, how: (interaction: Interaction) => Interaction): Promise<void> {
  const text = await its.ttl.get(`interaction:${id}`);
  await saveInteraction(its.ttl, how(JSON.parse(text ?? '')));
}

const resume = (id: string) => browser.fetch(`/oauth2/authorize/resume?interaction=${id}`);

describe('a request that is refused', () => {
  it('is a page where nothing may be sent back (RFC 6749 §4.1.2.1)', async () => {
    for (const more of [
      { client_id: 'nobody' },
      { client_id: undefined },
      { redirect_uri: 'https://evil.test/' },
      { client_id: ['client-1', 'client-1'] },
      { redirect_uri: [REDIRECT_URI, 'https://evil.test/'] },
    ]) {
      const response = await browser.authorize(more);
      expect([response.status, response.headers.get('location')]).toEqual([400, null]);
      expect(response.headers.get('content-type')).toContain('text/html');
    }
  });

  it.each<[string, Query]>([
    ['a long nonce', { nonce: 'x'.repeat(1_025) }],
    ['a repeated scope', { scope: ['openid', 'profile'] }],
    ['a repeated response_mode', { response_mode: ['query', 'query'] }],
    ['a NUL in the login_hint', { login_hint: 'a\0b' }],
    ['a parameter beyond every limit', { unknown: 'x'.repeat(32_769) }],
    [
      'too many parameters',
      Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`p${i}`, 'x'])),
    ],
    ['an unknown prompt', { prompt: 'all' }],
    ['a max_age that is no number', { max_age: 'x' }],
    ['claims that are no JSON', { claims: '{' }],
  ])('goes back to the client, and is no page, with %s', async (_, more) => {
    for (const response of [
      await browser.authorize(more),
      await browser.post('/oauth2/authorize', { ...QUERY, ...more }),
    ]) {
      expect(answerOf(response)).toEqual({
        error: 'invalid_request',
        error_description: expect.stringMatching(/./),
        state: 'xyz',
        iss: ISSUER,
      });
    }
  });

  it('goes back without a state that cannot be returned', async () => {
    for (const state of ['x'.repeat(8_193), ['a', 'b'], 'a\0b']) {
      expect(answerOf(await browser.authorize({ state }))).toEqual({
        error: 'invalid_request',
        error_description: expect.stringMatching(/./),
        iss: ISSUER,
      });
    }
  });

  it('goes back with state and iss (RFC 9207 §2)', async () => {
    expect(answerOf(await browser.authorize({ response_type: 'token' }))).toEqual({
      error: 'unsupported_response_type',
      error_description: 'Only response_type=code is supported',
      state: 'xyz',
      iss: ISSUER,
    });
  });

  it.each([
    ['nobody is signed in', false, 'login_required'],
    ['nothing was agreed', true, 'consent_required'],
  ])('is answered without a page for prompt=none where %s', async (_, isSignedIn, code) => {
    if (isSignedIn) await browser.signIn();
    expect(answerOf(await browser.authorize({ prompt: 'none' }))['error']).toBe(code);
    expect(its.ttl.keys()).toEqual([]);
  });

  it('for prompt=none does not tell a client without consent who is signed in', async () => {
    await browser.signIn();
    const ask = async (sub: string) => {
      const claims = JSON.stringify({ id_token: { sub: { value: sub } } });
      return answerOf(await browser.authorize({ prompt: 'none', claims }));
    };
    expect(await ask(ADA_ID)).toEqual(await ask(BOB_ID));
    expect(await ask(ADA_ID)).toMatchObject({ error: 'consent_required' });
    await agree();
    expect(await ask(BOB_ID)).toMatchObject({ error: 'login_required' });
  });

  it('says temporarily_unavailable where a part of the system is down (RFC 6749 §4.1.2.1)', async () => {
    await browser.signIn();
    its.backend.down.add('database');
    expect(answerOf(await browser.authorize())['error']).toBe('temporarily_unavailable');
    expect(its.backend.logged).toContainEqual(
      expect.objectContaining({ event: 'authorize.failed' }),
    );
  });
});

/**
 * @demands RFC 9700 §4.11.2: A link to this server does not end at the address of a client that nobody
 *   vetted before a person in that browser has acted for it.
 */
describe('an error of a client that nobody vetted', () => {
  const SELF_REGISTERED = { source: 'registered', name: 'Your Bank' } as const;
  const WRONG = { response_type: 'token' };
  const FRAMED = { headers: { 'sec-fetch-dest': 'iframe' } };

  beforeEach(() => start(SELF_REGISTERED));

  const silently = (init: RequestInit = {}) =>
    browser.fetch(`/oauth2/authorize?${formOf({ ...QUERY, prompt: 'none' })}`, init);

  async function expectPage(response: Response): Promise<string> {
    expect([response.status, response.headers.get('location')]).toEqual([200, null]);
    const page = await response.text();
    expect(page).toContain('<strong class="host">app.example.test</strong>');
    expect(page).not.toContain('http-equiv');
    expect(page).not.toContain('<script');
    return page;
  }

  it('is a page that names the address, to an anonymous visitor', async () => {
    const page = await expectPage(await browser.authorize(WRONG));
    expect(page).toContain('Nobody has checked who made this application');
    expect(page).not.toContain('Your Bank');
    const [, href = ''] = /<a class="button" href="([^"]*)"/.exec(page) ?? [];
    expect(Object.fromEntries(new URL(href.replaceAll('&amp;', '&')).searchParams)).toEqual({
      error: 'unsupported_response_type',
      error_description: 'Only response_type=code is supported',
      state: 'xyz',
      iss: ISSUER,
    });
  });

  it('is a page where a client’s page has posted the request, which comes without cookies', async () => {
    await expectPage(await browser.post('/oauth2/authorize', { ...QUERY, ...WRONG }));
  });

  it('is a page for the client of a metadata document, which names whose it is', async () => {
    const clientId = ClientId.restore('https://app.example.test/client');
    start({ clientId, source: 'metadata_document' });
    const page = await expectPage(await browser.authorize({ client_id: clientId, ...WRONG }));
    expect(page).toContain('Published by app.example.test');
  });

  it('is a page for prompt=none in a window, and an answer in a frame', async () => {
    await expectPage(await silently());
    await expectPage(await silently({ headers: { 'sec-fetch-dest': 'document' } }));
    expect(answerOf(await silently(FRAMED))['error']).toBe('login_required');
    await browser.signIn();
    await expectPage(await silently());
    expect(answerOf(await silently(FRAMED))['error']).toBe('consent_required');
  });

  it('keeps a code for prompt=none from nobody who has agreed', async () => {
    await browser.signIn();
    await agree();
    expect(answerOf(await silently())).toHaveProperty('code');
    expect(answerOf(await silently(FRAMED))).toHaveProperty('code');
  });

  it('is an answer where the person who is signed in has agreed to the client', async () => {
    await browser.signIn();
    await expectPage(await browser.authorize(WRONG));
    await agree([], BOB_ID);
    await expectPage(await browser.authorize(WRONG));
    await agree(['openid']);
    expect(answerOf(await browser.authorize(WRONG))['error']).toBe('unsupported_response_type');
  });

  it('is an answer where the person has pressed a button for it', async () => {
    await browser.signIn();
    const refused = idOf(await browser.authorize());
    await move(refused, (one) => denied(one, ADA_ID));
    expect(answerOf(await resume(refused))['error']).toBe('access_denied');
    const claims = JSON.stringify({ id_token: { sub: { value: BOB_ID } } });
    const other = idOf(await browser.authorize({ claims }));
    await move(other, (one) => signedIn(one, ADA_ID, its.backend.now));
    expect(answerOf(await resume(other))['error']).toBe('login_required');
  });

  it('is a page where a part of the system is down', async () => {
    await browser.signIn();
    await agree();
    its.backend.down.add('database');
    expect(await expectPage(await browser.authorize())).toContain('temporarily_unavailable');
  });

  it('is sent by a button for response_mode=form_post', async () => {
    const state = '"><b>';
    const response = await browser.authorize({ ...WRONG, response_mode: 'form_post', state });
    const page = await expectPage(response);
    expect(page).toContain(`<form method="post" action="${REDIRECT_URI}">`);
    expect(page).toContain('name="state" value="&quot;&gt;&lt;b&gt;"');
    // It would apply to the redirects of the client, too (CSP3 §6.4.2).
    expect(response.headers.get('content-security-policy')).not.toContain('form-action');
  });

  it('is one JWT in the link for response_mode=jwt', async () => {
    const page = await expectPage(await browser.authorize({ ...WRONG, response_mode: 'jwt' }));
    expect(page).toMatch(/href="https:\/\/app\.example\.test\/callback\?response=/);
  });

  it.each<[string, Partial<Client>]>([
    ['an administrator made', { source: 'administered' }],
    ['is first-party', { source: 'registered', skipConsent: true }],
  ])('is an answer at once for a client that %s', async (_, more) => {
    start(more);
    expect(answerOf(await browser.authorize(WRONG))['error']).toBe('unsupported_response_type');
    expect(answerOf(await silently())['error']).toBe('login_required');
  });
});
