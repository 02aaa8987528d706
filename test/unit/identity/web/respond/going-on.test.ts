import { beforeEach, describe, expect, it } from 'vitest';

import {
  consented,
  denied,
  type Interaction,
  saveInteraction,
} from '../../../../../workers/identity/oauth/authorize/interaction.ts';
import type { Client } from '../../../../../workers/identity/oauth/clients/client.ts';
import { authorizeFixture, QUERY } from '../../../../support/authorize-fixture.ts';
import { BrowserFixture } from '../../../../support/browser-fixture.ts';
import { ADA_ID, aClient, REDIRECT_URI } from '../../../../support/oauth-fixture.ts';

const ISSUER = 'https://id.example.test';

let its: ReturnType<typeof authorizeFixture>;
let browser: BrowserFixture;

function start(more: Partial<Client> = {}) {
  its = authorizeFixture(aClient(more));
  browser = new BrowserFixture(its);
}
beforeEach(() => start());

const agree = () =>
  its.backend.consents.grant(
    {
      accountId: ADA_ID,
      clientId: its.client.clientId,
      scopes: ['openid', 'profile'],
      claims: [],
      resources: [],
      authorizationDetails: [],
    },
    0,
  );

const parametersOf = (response: Response): URLSearchParams =>
  new URL(response.headers.get('location') ?? 'about:blank', ISSUER).searchParams;
const idOf = (response: Response): string => parametersOf(response).get('interaction') ?? '';

/** Does to a saved interaction what a page does. */
async function move(id: string, how: (interaction: Interaction) => Interaction): Promise<void> {
  const text = await its.ttl.get(`interaction:${id}`);
  await saveInteraction(its.ttl, how(JSON.parse(text ?? '')));
}

describe('the way from our forms to the client', () => {
  const OPENING = { headers: { 'sec-fetch-mode': 'navigate' } };

  /** Agrees on the pages, and returns the answer that a browser gets which opens pages. */
  async function leave(query: Record<string, string> = {}): Promise<Response> {
    await browser.signIn();
    const id = idOf(await browser.authorize({ ...query, prompt: 'consent' }));
    await agree();
    await move(id, (one) => consented(one, ADA_ID));
    return browser.fetch(`/oauth2/authorize/resume?interaction=${id}`, OPENING);
  }

  it('is a page that leads on by itself, without a script, so that no policy of ours applies there', async () => {
    const response = await leave({ state: 'a"b&c' });
    expect([response.status, response.headers.get('location')]).toEqual([200, null]);
    const page = await response.text();
    const to = /<meta http-equiv="refresh" content="0;url=([^"]*)"/.exec(page)?.[1] ?? '';
    const url = new URL(to.replaceAll('&amp;', '&'));
    expect(url.href.startsWith(`${REDIRECT_URI}?code=sac_`)).toBe(true);
    expect(url.searchParams.get('state')).toBe('a"b&c');
    expect(page).toContain(`href="${to}"`);
    expect(page).not.toContain('<script');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('content-security-policy')).toContain("form-action 'self';");
  });

  it('is a page for a fragment and for a refusal, too', async () => {
    expect(await (await leave({ response_mode: 'fragment' })).text()).toMatch(
      /content="0;url=https:\/\/app\.example\.test\/callback#code=/,
    );
    const id = idOf(await browser.authorize({ prompt: 'consent' }));
    await move(id, (one) => denied(one, ADA_ID));
    const refused = await browser.fetch(`/oauth2/authorize/resume?interaction=${id}`, OPENING);
    expect(await refused.text()).toMatch(/content="0;url=[^"]*error=access_denied/);
  });

  it('is a redirect to an app, which a page may not open by itself', async () => {
    const redirectUri = 'com.example.app:/callback';
    start({ redirectUris: [redirectUri] });
    const response = await leave({ redirect_uri: redirectUri });
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toMatch(/^com\.example\.app:\/callback\?code=/);
  });

  it('is a redirect where no form of ours came before', async () => {
    await browser.signIn();
    await agree();
    const query = new URLSearchParams(QUERY).toString();
    const response = await browser.fetch(`/oauth2/authorize?${query}`, OPENING);
    expect(parametersOf(response).get('code')).toMatch(/^sac_/);
  });
});
