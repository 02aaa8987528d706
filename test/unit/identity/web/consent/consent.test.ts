import { beforeEach, describe, expect, it } from 'vitest';

import { ClientId } from '../../../../../shared/ids.ts';
import { ADA } from '../../../../support/identity-fixture.ts';
import type { Page } from '../../../../support/node/user-agent.ts';
import { BOB, PageFixture } from '../../../../support/page-fixture.ts';

let test: PageFixture;
beforeEach(async () => {
  test = await PageFixture.start();
  await test.signIn();
});

type InteractionTerms = Parameters<PageFixture['interaction']>;

async function consentPage(...terms: InteractionTerms): Promise<{ page: Page; id: string }> {
  const { id } = await test.interaction(...terms);
  return { page: await test.browser.open(`/consent?interaction=${id}`), id };
}

const items = ({ html }: Page) =>
  [...html.matchAll(/<li>(.*?)<\/li>/gs)].map(([, item = '']) => item.replaceAll(/<[^>]+>/g, ' '));

const answer = (page: Page, value: string) =>
  test.post('/consent', { ...page.form('Allow').fields, answer: value });

describe('the consent page', () => {
  it('says which client asks, for what, and who is signed in', async () => {
    const { page } = await consentPage({
      scopes: [
        'openid',
        'profile',
        'email',
        'offline_access',
        'connect',
        'notes:write',
        'constructor',
      ],
      resources: ['https://notes.example/api'],
      claims: { userinfo: { birthdate: null }, id_token: { birthdate: { essential: true } } },
    });
    expect(page.title).toBe('Client one wants access to your account');
    expect(page.text).toContain('Signed in as Ada@Example.test.');
    expect(items(page)).toEqual([
      'Recognise you when you come back',
      'See your name, username and picture',
      'See your email address',
      'Keep this access while you are away, until you take it back',
      'Connect in your name: receive live messages meant for you, and use the services here as you',
      'Use the permission “notes:write”',
      'Use the permission “constructor”',
      'See these details of yours: birthdate',
      'Act for you at https://notes.example/api',
    ]);
    expect(page.forms[0]?.buttons.map(({ text }) => text)).toEqual(['Deny', 'Allow']);
  });

  it('shows every member of authorization details (RFC 9396 §2)', async () => {
    const { page } = await consentPage({
      scopes: [],
      authorizationDetails: [
        {
          type: 'payment',
          instructedAmount: { currency: 'EUR', amount: '123.50' },
          creditors: ['<Merchant>', 'B\u202ena'],
          recurring: false,
          until: null,
        },
      ],
    });
    expect(page.text).toContain('Do this in your name: payment');
    expect(page.text).toMatch(/instructed amount currency EUR amount 123\.50/);
    expect(page.text).toMatch(/creditors <Merchant> Bna recurring no until null/);
    expect(page.html).toContain('&lt;Merchant&gt;');
  });

  it.each([
    ['registered', 'Nobody has checked who made this application', true],
    ['administered', 'Reviewed by the people who run this service', false],
  ] as const)('says who registered a %s client', async (source, sentence, isWarning) => {
    const { page } = await consentPage({}, { source });
    expect(page.text).toContain(sentence);
    expect(page.text).toContain('Your answer goes to app.example.test');
    expect(page.html.includes('notice warning')).toBe(isWarning);
  });

  it('names the host of a client’s metadata document, whatever the client’s name', async () => {
    const clientId = ClientId.restore('https://tools.example/client.json');
    const { page } = await consentPage(
      { redirectUri: 'http://127.0.0.1:3000/cb' },
      { clientId, source: 'metadata_document', name: 'Your Bank' },
    );
    expect(page.text).toContain('Published by tools.example');
    expect(page.text).toContain('Your answer goes to 127.0.0.1:3000');
    expect(page.text).toContain('Another app on this device could pretend to be it.');
  });

  it('shows international domains in Punycode', async () => {
    const { page } = await consentPage({ redirectUri: 'https://аррӏе.example/cb' });
    expect(page.text).toContain('Your answer goes to xn--80ak6aa92e.example');
  });

  it('links to the web only, without a referrer', async () => {
    const { page } = await consentPage(
      {},
      {
        clientUri: 'javascript:alert(1)',
        policyUri: 'https://client.example/privacy',
        tosUri: 'data:text/html,x',
        logoUri: 'https://client.example/logo.png',
        name: '<img src=x onerror=alert(1)>\u202e',
      },
    );
    expect(page.html).toContain(
      '<a href="https://client.example/privacy" rel="noopener noreferrer nofollow">Privacy policy</a>',
    );
    expect(page.html).not.toMatch(/javascript:|data:text|logo\.png|<img|\u202e/);
  });

  it('asks only for what was not agreed to before, and says where it asks again', async () => {
    const first = await consentPage({ scopes: ['openid'] });
    await answer(first.page, 'allow');
    const more = await consentPage({ scopes: ['openid', 'email'] });
    expect(items(more.page)).toEqual(['See your email address']);
    const again = await consentPage({ scopes: ['openid'], prompts: ['consent'] });
    expect(again.page.text).toContain('You have allowed this before.');
    expect(items(again.page)).toEqual(['Recognise you when you come back']);
  });

  it('sends a browser without a session to sign in, and refuses the interaction of another browser', async () => {
    const { id } = await test.interaction();
    const page = await test.anotherBrowser().open(`/consent?interaction=${id}`);
    expect(page.status).toBe(400);
    await test.post('/account/sign-out', await test.csrf());
    const reached = await test.browser.open(`/consent?interaction=${id}`);
    expect(reached.url.pathname + reached.url.search).toBe(`/sign-in?interaction=${id}`);
    expect((await test.browser.open('/consent')).status).toBe(400);
  });
});

describe('the answer on the consent page', () => {
  it('is stored where the user allows, and leads back to the authorization endpoint', async () => {
    const { page, id } = await consentPage({ scopes: ['openid', 'email'] });
    const response = await answer(page, 'allow');
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      `/oauth2/authorize/resume?interaction=${id}`,
    ]);
    expect(test.saved(id).consent).toEqual({ answer: 'allowed', accountId: test.accountId });
    const consent = await test.backend.consents.find(test.accountId, ClientId.restore('client-1'));
    expect(consent).toMatchObject({ scopes: ['openid', 'email'], grantedAt: test.backend.now });
  });

  it('is not stored where the user denies', async () => {
    const { page, id } = await consentPage();
    const response = await answer(page, 'deny');
    expect(response.headers.get('location')).toBe(`/oauth2/authorize/resume?interaction=${id}`);
    expect(test.saved(id).consent).toEqual({ answer: 'denied', accountId: test.accountId });
    expect(test.backend.consents.stored.size).toBe(0);
  });

  it.each(['', 'maybe'])('has no effect where it is %j', async (value) => {
    const { page, id } = await consentPage();
    expect((await answer(page, value)).status).toBe(400);
    expect(test.saved(id).consent).toBeNull();
  });

  it('counts only for what the page showed, and for its viewer', async () => {
    const { page, id } = await consentPage({ scopes: ['openid'] });
    const shown = async (fields: object) => {
      const response = await test.post('/consent', {
        ...page.form('Allow').fields,
        answer: 'allow',
        ...fields,
      });
      expect(test.saved(id).consent).toBeNull();
      return response.headers.get('location');
    };
    expect(await shown({ shown: 'x' })).toBe(`/consent?interaction=${id}`);
    const other = await test.interaction({ scopes: ['openid', 'email'] });
    await shown({ interaction: other.id });
    expect(test.saved(other.id).consent).toBeNull();
    // Somebody else signs in in another tab.
    await test.signIn(BOB);
    expect(await shown({})).toBe(`/consent?interaction=${id}`);
    await test.signIn(ADA);
    // The client calls itself something else.
    const client = await test.backend.clients.find('client-1');
    if (client !== undefined) test.backend.clients.add({ ...client, name: 'Another' });
    expect(await shown({})).toBe(`/consent?interaction=${id}`);
    expect(test.backend.consents.stored.size).toBe(0);
  });
});
