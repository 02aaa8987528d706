import { beforeEach, describe, expect, it } from 'vitest';

import { IdentityFixture } from '../../../../support/identity-fixture.ts';
import { PageBrowser } from '../../../../support/page-browser.ts';
import {
  STEAM_ID,
  STEAM_PLAYERS,
  STEAM_TICKET_REFUSED,
  steamTicket,
} from '../../../../support/provider-shapes.ts';

const OP = 'https://steamcommunity.com/openid/login';
const API = 'https://partner.steam-api.com';
const TICKETS = `${API}/ISteamUserAuth/AuthenticateUserTicket/v1/`;
const PLAYERS = `${API}/ISteamUser/GetPlayerSummaries/v2/`;
const SETTINGS = {
  SOCIAL_PROVIDERS: JSON.stringify([{ id: 'steam', appId: 480, ticketIdentity: 'our-service' }]),
  SOCIAL_CLIENT_SECRETS: JSON.stringify({ steam: 'web-api-key' }),
};
const TICKET = '14000000' + 'ab'.repeat(100);

let identity: IdentityFixture;
let requests: Request[];
let ticket: unknown;
beforeEach(() => {
  identity = new IdentityFixture(SETTINGS);
  requests = [];
  ticket = steamTicket();
  identity.backend.web.set(TICKETS, (request) => {
    requests.push(request);
    return Response.json(ticket);
  });
  identity.backend.web.set(PLAYERS, () => Response.json(STEAM_PLAYERS));
});

const identities = () => [...identity.backend.identities.stored.values()];

describe('a session ticket', () => {
  const verify = (body: object = {}) =>
    identity.call('/api/v1/auth/steam/verify', {
      body: { ticket: TICKET, email: 'gordon@example.test', ...body },
    });

  it('signs in the user whom Steam names, and sends the key in a header', async () => {
    const { status, json } = await verify({ deviceInfo: { installationId: 'deck-1' } });
    expect(status).toBe(200);
    expect(json).toMatchObject({ tokenType: 'Bearer', refreshToken: expect.any(String) });
    expect(identities()).toMatchObject([
      {
        provider: 'steam',
        subject: STEAM_ID,
        accountId: json.accountId,
        displayName: 'Rabscuttle',
      },
    ]);
    const url = new URL(requests[0]?.url ?? '');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      appid: '480',
      ticket: TICKET,
      identity: 'our-service',
    });
    expect(requests[0]?.headers.get('x-webapi-key')).toBe('web-api-key');
    expect(identity.backend.user.opened[0]).toMatchObject({
      grant: { amr: ['fed'], acr: 'urn:sallyport:acr:fed' },
      device: { installationId: 'deck-1' },
    });
  });

  it('signs in the same player again, without an e-mail', async () => {
    const first = await verify();
    const { status, json } = await verify({ email: undefined });
    expect([status, json.accountId]).toEqual([200, first.json.accountId]);
  });

  it('needs an e-mail for a new account that no account has', async () => {
    expect((await verify({ email: undefined })).json.code).toBe('ACCOUNT_EMAIL_REQUIRED');
    await identity.register({ email: 'gordon@example.test' });
    const taken = await verify();
    expect([taken.status, taken.json.code]).toEqual([409, 'ACCOUNT_LINK_REQUIRED']);
    expect(identities()).toEqual([]);
  });

  it.each([
    ['that Steam refuses', () => STEAM_TICKET_REFUSED, 401, 'SOCIAL_SIGN_IN_FAILED'],
    ['of no result', () => ({ response: {} }), 401, 'SOCIAL_SIGN_IN_FAILED'],
    ['of another result', () => steamTicket({ result: 'Fail' }), 401, 'SOCIAL_SIGN_IN_FAILED'],
    ['of a banned player', () => steamTicket({ vacbanned: true }), 403, 'AUTHZ_DENIED'],
    ['banned by the publisher', () => steamTicket({ publisherbanned: true }), 403, 'AUTHZ_DENIED'],
    ['of no Steam id', () => steamTicket({ steamid: '1' }), 502, 'SOCIAL_PROVIDER_UNAVAILABLE'],
    ['answered in another shape', () => [], 502, 'SOCIAL_PROVIDER_UNAVAILABLE'],
  ])('%s signs in nobody', async (_, answer, status, code) => {
    ticket = answer();
    const reply = await verify();
    expect([reply.status, reply.json.code]).toEqual([status, code]);
    expect(identities()).toEqual([]);
  });

  it('is not judged while Steam does not answer', async () => {
    identity.backend.web.delete(TICKETS);
    const { status, json, headers } = await verify();
    expect([status, json.code]).toEqual([502, 'SOCIAL_PROVIDER_UNAVAILABLE']);
    expect(headers.get('retry-after')).toBe('5');
  });

  it.each(['', 'ab'.repeat(7), 'ab'.repeat(1_025), `${'ab'.repeat(8)}a`, 'xy'.repeat(20)])(
    'is not %j',
    async (text) => {
      const { status, json } = await verify({ ticket: text });
      expect([status, json.code]).toEqual([400, 'VALIDATION_ERROR']);
      expect(requests).toEqual([]);
    },
  );

  it('is refused where no game is configured', async () => {
    identity = new IdentityFixture({ SOCIAL_PROVIDERS: '[{"id":"steam"}]' });
    expect((await verify()).json.code).toBe('SOCIAL_PROVIDER_UNKNOWN');
  });

  it('signs in although Steam tells no name', async () => {
    identity.backend.web.delete(PLAYERS);
    expect((await verify()).status).toBe(200);
    expect(identities()).toMatchObject([{ displayName: null }]);
  });
});

describe('OpenID 2.0', () => {
  let browser: PageBrowser;
  let checked: URLSearchParams[];
  let isValid: string;
  beforeEach(() => {
    browser = new PageBrowser(identity);
    checked = [];
    isValid = 'ns:http://specs.openid.net/auth/2.0\nis_valid:true\n';
    identity.backend.web.set(OP, async (request) => {
      checked.push(new URLSearchParams(await request.text()));
      return new Response(isValid);
    });
  });

  const begin = async () =>
    new URL((await browser.fetch('/sign-in/steam')).headers.get('location') ?? '');

  const assertion = (request: URL, changes: Readonly<Record<string, string>> = {}) => ({
    'openid.ns': 'http://specs.openid.net/auth/2.0',
    'openid.mode': 'id_res',
    'openid.op_endpoint': OP,
    'openid.claimed_id': `https://steamcommunity.com/openid/id/${STEAM_ID}`,
    'openid.identity': `https://steamcommunity.com/openid/id/${STEAM_ID}`,
    'openid.return_to': request.searchParams.get('openid.return_to') ?? '',
    'openid.response_nonce': `${new Date(identity.backend.now).toISOString().slice(0, 19)}Zabc+/=`,
    'openid.assoc_handle': '1234567890',
    'openid.signed': 'signed,op_endpoint,claimed_id,identity,return_to,response_nonce,assoc_handle',
    'openid.sig': 'W0u5DRbtHE1GG0ZKXjerUZDUGmc=',
    ...changes,
  });

  const comeBack = async (request: URL, changes: Readonly<Record<string, string>> = {}) => {
    const url = new URL(request.searchParams.get('openid.return_to') ?? '');
    for (const [name, value] of Object.entries(assertion(request, changes))) {
      url.searchParams.set(name, value);
    }
    return (await browser.fetch(url)).headers.get('location');
  };

  it('sends the browser to Steam, and verifies the assertion with Steam', async () => {
    const request = await begin();
    expect(request.href.startsWith(`${OP}?`)).toBe(true);
    expect(Object.fromEntries(request.searchParams)).toMatchObject({
      'openid.mode': 'checkid_setup',
      'openid.realm': 'https://id.example.test',
      'openid.return_to': expect.stringMatching(
        /^https:\/\/id\.example\.test\/api\/v1\/auth\/oauth\/steam\/callback\?state=[\w-]+$/,
      ),
    });
    expect(await comeBack(request)).toBe('/create-account/complete');
    expect(Object.fromEntries(checked[0] ?? [])).toEqual(
      assertion(request, { 'openid.mode': 'check_authentication' }),
    );
  });

  it('creates an account with the e-mail that the page asks for, and finds it again', async () => {
    await comeBack(await begin());
    const page = await browser.open('/create-account/complete');
    await browser.press(page, 'Create account', { email: 'gordon@example.test' });
    expect(identities()).toMatchObject([{ subject: STEAM_ID, displayName: 'Rabscuttle' }]);
    browser = new PageBrowser(identity);
    const nonce = { 'openid.response_nonce': `${iso(identity.backend.now)}another` };
    expect(await comeBack(await begin(), nonce)).toBe('/account');
  });

  const iso = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;

  it.each([
    ['another op_endpoint', { 'openid.op_endpoint': 'https://evil.example/login' }],
    ['another host', { claimed: `https://steamcommunity.com.evil.example/openid/id/${STEAM_ID}` }],
    ['plain HTTP', { claimed: `http://steamcommunity.com/openid/id/${STEAM_ID}` }],
    ['a line break', { claimed: `https://steamcommunity.com/openid/id/${STEAM_ID}\n` }],
    ['more after the id', { claimed: `https://steamcommunity.com/openid/id/${STEAM_ID}/x` }],
    ['no id of a person', { claimed: 'https://steamcommunity.com/openid/id/12345678901234567' }],
    ['another identity', { 'openid.identity': 'https://steamcommunity.com/openid/id/1' }],
    ['another return_to', { 'openid.return_to': 'https://evil.example/' }],
    ['too little signed', { 'openid.signed': 'op_endpoint,identity,return_to,response_nonce' }],
    ['an old nonce', { 'openid.response_nonce': '2020-01-01T00:00:00Zabc' }],
    ['no time in its nonce', { 'openid.response_nonce': 'abc' }],
    ['another mode', { 'openid.mode': 'setup_needed' }],
    ['another namespace', { 'openid.ns': 'http://openid.net/signon/1.1' }],
  ])(
    'refuses %s, and does not even ask Steam',
    async (_, { claimed, ...changes }: Record<string, string>) => {
      const ids =
        claimed === undefined ? {} : { 'openid.claimed_id': claimed, 'openid.identity': claimed };
      const back = await comeBack(await begin(), { ...changes, ...ids });
      expect(back).toBe('/sign-in?account=other&notice=failed&provider=steam');
      expect(checked).toEqual([]);
    },
  );

  it.each(['ns:x\nis_valid:false\n', 'is_valid:true ', 'not is_valid:true\n', ''])(
    'refuses an assertion to which Steam answers %j',
    async (answer) => {
      isValid = answer;
      expect(await comeBack(await begin())).toContain('notice=failed');
    },
  );

  it('takes an assertion once, whatever state it comes with (§11.3)', async () => {
    const nonce = { 'openid.response_nonce': `${iso(identity.backend.now)}once` };
    expect(await comeBack(await begin(), nonce)).toBe('/create-account/complete');
    expect(await comeBack(await begin(), nonce)).toContain('notice=failed');
  });

  it('may be cancelled', async () => {
    expect(await comeBack(await begin(), { 'openid.mode': 'cancel' })).toContain('notice=denied');
  });
});
