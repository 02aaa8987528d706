import { beforeEach, describe, expect, it } from 'vitest';

import { sha256, utf8 } from '../../../../../shared/bytes.ts';
import { minutes, seconds } from '../../../../../shared/clock.ts';
import { newFamilyId, newSessionId } from '../../../../../shared/ids.ts';
import { unsealAuthorizationCode } from '../../../../../shared/tokens/authorization-code.ts';
import { hashSecret, newRefreshSecret } from '../../../../../shared/tokens/refresh-token.ts';
import {
  consented,
  denied,
  type Interaction,
  saveInteraction,
  signedIn,
} from '../../../../../workers/identity/oauth/authorize/interaction.ts';
import { pushRequest } from '../../../../../workers/identity/oauth/authorize/pushed-requests.ts';
import type { Client } from '../../../../../workers/identity/oauth/clients/client.ts';
import { authorizeFixture, QUERY } from '../../../../support/authorize-fixture.ts';
import { BrowserFixture } from '../../../../support/browser-fixture.ts';
import {
  ADA_ID,
  aClient,
  BOB_ID,
  CODE_CHALLENGE,
  REDIRECT_URI,
} from '../../../../support/oauth-fixture.ts';

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

async function redeem(code: string) {
  const opened = await unsealAuthorizationCode(await its.services.sealingKeys(), code);
  return its.backend.user.redeemCode({
    codeHash: opened?.codeHash ?? new Uint8Array(),
    clientId: its.client.clientId,
    redirectUri: REDIRECT_URI,
    codeChallenge: CODE_CHALLENGE,
    dpopJkt: null,
    confirmation: null,
    sessionId: newSessionId(),
    familyId: newFamilyId(),
    secretHash: await hashSecret(newRefreshSecret()),
    origin: { ipAddress: '', country: null, userAgent: '' },
    device: {},
    installation: { installationId: null, fallback: '' },
    limits: its.services.config.limits,
  });
}

describe('the authorization endpoint', () => {
  it('leads through sign-in and consent to a code, once', async () => {
    const first = await browser.authorize();
    expect(first.status).toBe(303);
    expect(locationOf(first).pathname).toBe('/sign-in');
    const id = idOf(first);

    await browser.signIn();
    await move(id, (one) => signedIn(one, ADA_ID, its.backend.now));
    const next = await resume(id);
    expect(locationOf(next).href).toBe(`${ISSUER}/consent?interaction=${id}`);

    await agree();
    await move(id, (one) => consented(one, ADA_ID));
    const answer = await resume(id);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(locationOf(answer).href.startsWith(`${REDIRECT_URI}?`)).toBe(true);
    expect(answerOf(answer)).toEqual({
      code: expect.stringMatching(/^sac_/),
      state: 'xyz',
      iss: ISSUER,
    });
    expect((await resume(id)).status).toBe(400);
  });

  it('answers at once where the user is signed in and has agreed', async () => {
    await browser.signIn();
    await agree();
    expect(answerOf(await browser.authorize())).toHaveProperty('code');
    expect(its.ttl.keys()).toEqual([]);
  });

  /**
   * @demands FAPI 2.0 Security Profile §5.3.2.1 item 11: A code lives for 60 s at most, whatever is
   *   configured.
   */
  it.each([
    ['none', true],
    ['fapi2_security', false],
  ] as const)(
    'gives a code that outlives a minute to a client of profile %s: %s',
    async (profile, lives) => {
      const client = aClient({ profile });
      its = authorizeFixture(client, { AUTHORIZATION_CODE_SECONDS: '600' });
      browser = new BrowserFixture(its);
      await browser.signIn();
      await agree();
      const request = await its.accept({}, 'par');
      const uri = await pushRequest(its.ttl, request, its.backend.now);
      const query = new URLSearchParams({ client_id: client.clientId, request_uri: uri });
      const { code = '' } = answerOf(await browser.fetch(`/oauth2/authorize?${query.toString()}`));
      its.backend.now += minutes(1);
      expect((await redeem(code)).ok).toBe(lives);
    },
  );

  it('gives a code for what was agreed (RFC 6749 §4.1.2)', async () => {
    const sessionId = await browser.signIn();
    await agree();
    const { code = '' } = answerOf(await browser.authorize({ nonce: 'n' }));
    const redeemed = await redeem(code);
    expect(redeemed).toMatchObject({
      ok: true,
      value: {
        offline: false,
        grant: {
          accountId: ADA_ID,
          clientId: 'client-1',
          scopes: ['openid', 'profile'],
          oauth: { subject: ADA_ID, browserSessionId: sessionId, nonce: 'n', resources: [] },
        },
      },
    });
  });

  it('gives a user another subject in another sector (Core §8.1)', async () => {
    const subjects = [];
    for (const redirectUri of [
      'https://one.test/cb',
      'https://one.test/x',
      'https://two.test/cb',
    ]) {
      start({ subjectType: 'pairwise', redirectUris: [redirectUri] });
      await browser.signIn();
      await agree();
      const issued: { oauth: { subject: string } }[] = [];
      const { user } = its.backend;
      const issueCode = user.issueCode.bind(user);
      user.issueCode = (request) => {
        issued.push(request);
        return issueCode(request);
      };
      await browser.authorize({ redirect_uri: redirectUri });
      subjects.push(issued[0]?.oauth.subject);
    }
    const [one, same, other] = subjects;
    expect(one).toMatch(/^pws_/);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
  });

  it('marks the browser’s session as used', async () => {
    const sessionId = await browser.signIn();
    await agree();
    await browser.authorize();
    await Promise.resolve();
    expect(its.backend.user.touched).toEqual([sessionId]);
  });
});

describe('an interaction', () => {
  it('belongs to the browser in which it began', async () => {
    const id = idOf(await browser.authorize());
    const other = new BrowserFixture(its);
    const without = await other.fetch(`/oauth2/authorize/resume?interaction=${id}`);
    expect(without.status).toBe(400);
    await other.authorize();
    expect((await other.fetch(`/oauth2/authorize/resume?interaction=${id}`)).status).toBe(400);
    expect(locationOf(await resume(id)).pathname).toBe('/sign-in');
  });

  it.each(['', 'x', 'a'.repeat(22), '../../x'])('is not found by %j', async (id) => {
    await browser.authorize();
    const response = await resume(encodeURIComponent(id));
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('text/html');
  });

  it('is over after half an hour', async () => {
    const id = idOf(await browser.authorize());
    its.backend.now += minutes(31);
    expect((await resume(id)).status).toBe(400);
  });

  it('is answered once, however many ask at once', async () => {
    await browser.authorize();
    const id = idOf(await browser.authorize());
    await browser.signIn();
    await agree();
    const answers = await Promise.all([resume(id), resume(id), resume(id)]);
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it('ends with access_denied where the user denies (RFC 6749 §4.1.2.1)', async () => {
    await browser.signIn();
    const id = idOf(await browser.authorize());
    await move(id, (one) => denied(one, ADA_ID));
    expect(answerOf(await resume(id))).toEqual({
      error: 'access_denied',
      error_description: 'The user did not agree',
      state: 'xyz',
      iss: ISSUER,
    });
    expect((await resume(id)).status).toBe(400);
  });

  it('asks for consent again where another user has signed in since', async () => {
    await browser.signIn();
    const id = idOf(await browser.authorize());
    await agree();
    await move(id, (one) => consented(one, ADA_ID));
    await browser.signIn(BOB_ID);
    expect(locationOf(await resume(id)).pathname).toBe('/consent');
  });

  it('goes back to sign-in where the session ends before the code is issued', async () => {
    await browser.signIn();
    await agree();
    its.backend.user.issueCode = async () => ({ ok: false, error: { reason: 'session_ended' } });
    expect(locationOf(await browser.authorize()).pathname).toBe('/sign-in');
    expect(answerOf(await browser.authorize({ prompt: 'none' }))['error']).toBe('login_required');
  });

  it('needs a new sign-in for prompt=login, however new the session is', async () => {
    await browser.signIn();
    await agree();
    its.backend.now += seconds(1);
    const id = idOf(await browser.authorize({ prompt: 'login' }));
    expect(locationOf(await resume(id)).pathname).toBe('/sign-in');
    its.backend.now += seconds(1);
    await browser.signIn();
    await move(id, (one) => signedIn(one, ADA_ID, its.backend.now));
    expect(answerOf(await resume(id))).toHaveProperty('code');
  });
});

describe('a request that a client’s page sends as a form (Core §3.1.2.1)', () => {
  it('is stored until the browser comes back for it with its cookies', async () => {
    await browser.signIn();
    await agree();
    const foreign = new BrowserFixture(its);
    const stored = await foreign.post('/oauth2/authorize', QUERY);
    expect(stored.status).toBe(303);
    const { pathname, search } = locationOf(stored);
    expect(pathname).toBe('/oauth2/authorize');
    expect(answerOf(await browser.fetch(pathname + search))).toHaveProperty('code');
    expect((await browser.fetch(pathname + search)).status).toBe(400);
  });

  it('is refused unless it is a form', async () => {
    const response = await browser.fetch('/oauth2/authorize', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(400);
  });
});

describe('consent', () => {
  const uri = 'http://127.0.0.1:49152/cb';

  it('is asked for each time by an app that another could pass for (RFC 8252 §8.6)', async () => {
    start({ redirectUris: ['http://127.0.0.1/cb'], tokenEndpointAuthMethod: 'none' });
    await browser.signIn();
    await agree();
    const first = await browser.authorize({ redirect_uri: uri });
    expect(locationOf(first).pathname).toBe('/consent');
    await move(idOf(first), (one) => consented(one, ADA_ID));
    expect(answerOf(await resume(idOf(first)))).toHaveProperty('code');
  });

  it('is asked for once by an app that proves who it is', async () => {
    start({ redirectUris: ['http://127.0.0.1/cb'] });
    await browser.signIn();
    await agree();
    expect(answerOf(await browser.authorize({ redirect_uri: uri }))).toHaveProperty('code');
  });

  it('is not even looked up for a first-party client', async () => {
    start({ skipConsent: true });
    await browser.signIn();
    its.backend.down.add('database');
    expect(answerOf(await browser.authorize())).toHaveProperty('code');
  });
});

describe('the authorization response', () => {
  beforeEach(async () => {
    await browser.signIn();
    await agree();
  });

  it('keeps the query of the redirect URI (RFC 6749 §3.1.2)', async () => {
    for (const uri of ['https://app.example.test/cb?a=1&b=%2F', 'https://app.example.test/cb?']) {
      start({ redirectUris: [uri] });
      await browser.signIn();
      await agree();
      const response = await browser.authorize({ redirect_uri: uri });
      const location = response.headers.get('location') ?? '';
      expect(location.startsWith(uri)).toBe(true);
      expect(location.slice(uri.length)).toMatch(uri.endsWith('?') ? /^code=sac_/ : /^&code=sac_/);
      expect(answerOf(response)).toHaveProperty('iss', ISSUER);
    }
  });

  it('is in the fragment for response_mode=fragment', async () => {
    const { hash, search } = locationOf(await browser.authorize({ response_mode: 'fragment' }));
    expect(search).toBe('');
    expect(Object.fromEntries(new URLSearchParams(hash.slice(1)))).toEqual({
      code: expect.stringMatching(/^sac_/),
      state: 'xyz',
      iss: ISSUER,
    });
  });

  it('is a form that sends itself for response_mode=form_post', async () => {
    const state = '"><script>alert(1)</script>&amp;';
    const response = await browser.authorize({ response_mode: 'form_post', state });
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(page).toContain(`action="${REDIRECT_URI}"`);
    expect(page).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"');
    expect(page).toContain('<button type="submit">');

    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text);
    expect(scripts).toHaveLength(1);
    const hash = (await sha256(utf8(scripts[0] ?? ''))).toBase64();
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain(`script-src 'sha256-${hash}'`);
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it.each(['jwt', 'query.jwt', 'fragment.jwt'])(
    'is one JWT for response_mode=%s (JARM)',
    async (mode) => {
      const { hash, searchParams } = locationOf(await browser.authorize({ response_mode: mode }));
      const members = mode === 'fragment.jwt' ? new URLSearchParams(hash.slice(1)) : searchParams;
      expect([...members.keys()]).toEqual(['response']);
      expect(its.backend.signed).toEqual([
        {
          iss: ISSUER,
          aud: 'client-1',
          exp: its.backend.now / 1_000 + 600,
          code: expect.stringMatching(/^sac_/),
          state: 'xyz',
        },
      ]);
    },
  );

  it('is one JWT for an error, too', async () => {
    await browser.authorize({ response_mode: 'jwt', response_type: 'token' });
    expect(its.backend.signed).toEqual([
      expect.objectContaining({ error: 'unsupported_response_type', state: 'xyz' }),
    ]);
  });
});
