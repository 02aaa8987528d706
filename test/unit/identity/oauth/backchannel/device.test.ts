import { beforeEach, describe, expect, it } from 'vitest';

import { describeApp } from '../../../../../workers/identity/describe.ts';
import {
  parseUserCode,
  shownUserCode,
} from '../../../../../workers/identity/oauth/backchannel/device-requests.ts';
import { BackchannelFixture, DEVICE_GRANT } from '../../../../support/backchannel-fixture.ts';
import { aProver } from '../../../../support/dpop-forge.ts';
import { claimsOf } from '../../../../support/token-fixture.ts';

let test: BackchannelFixture;
beforeEach(async () => {
  test = await BackchannelFixture.start();
});

const begin = async (form = {}) => (await test.authorizeDevice(form)).json;
/** Begins, and has the user answer. */
async function answered(answer: 'Allow' | 'Deny' = 'Allow', form = {}): Promise<string> {
  const { device_code: code, user_code: userCode } = await begin(form);
  await test.page.signIn();
  await test.answerDevice(userCode, answer);
  return code;
}
const error = async (answer: ReturnType<BackchannelFixture['post']>) => {
  const { status, json } = await answer;
  return [status, json.error];
};

describe('the device authorization endpoint (RFC 8628 §3.1)', () => {
  it('answers codes, the page to go to, and always the polling interval (§3.2)', async () => {
    test.device();
    const { status, json, headers } = await test.authorizeDevice();
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(json).toEqual({
      device_code: expect.stringMatching(/^[\w-]{43}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: 'https://id.example.test/device',
      verification_uri_complete: `https://id.example.test/device?user_code=${json.user_code}`,
      expires_in: 900,
      interval: 5,
    });
  });

  it('stores both codes under hashes', async () => {
    test.device();
    const { device_code: deviceCode, user_code: userCode } = await begin();
    const keys = [...test.backend.values.keys()].join();
    expect(keys).not.toContain(deviceCode);
    expect(keys).not.toContain(parseUserCode(userCode));
  });

  it('answers other codes each time', async () => {
    test.device();
    const all = await Promise.all(Array.from({ length: 20 }, () => begin()));
    expect(new Set(all.map(({ user_code: code }) => code)).size).toBe(20);
    expect(new Set(all.map(({ device_code: code }) => code)).size).toBe(20);
  });

  it('authenticates the client as it is registered', async () => {
    await test.bank({ grantTypes: [DEVICE_GRANT] });
    expect(await error(test.authorizeDevice())).toEqual([401, 'invalid_client']);
    expect(await error(test.authorizeDevice({ client_secret: 'wrong' }))).toEqual([
      401,
      'invalid_client',
    ]);
    expect((await test.authorizeDevice({ client_secret: 'secret' })).status).toBe(200);
    expect(await error(test.authorizeDevice({ client_id: 'nobody' }))).toEqual([
      401,
      'invalid_client',
    ]);
  });

  it('is for clients of the grant', async () => {
    test.device({ grantTypes: ['authorization_code'] });
    expect(await error(test.authorizeDevice())).toEqual([400, 'unauthorized_client']);
    test.device({ requireSignedRequestObject: true });
    expect(await error(test.authorizeDevice())).toEqual([400, 'unauthorized_client']);
  });

  it.each([
    [{ scope: 'profile roles' }, 'invalid_scope'],
    [{ scope: 'a\tb' }, 'invalid_scope'],
    [{ resource: 'https://unknown.example' }, 'invalid_target'],
    [{ authorization_details: '[{"type":"payment"}]' }, 'invalid_authorization_details'],
    [{ authorization_details: '{' }, 'invalid_authorization_details'],
    [{ scope: ['openid', 'openid'] }, 'invalid_request'],
    [{ scope: 'x'.repeat(5_000) }, 'invalid_request'],
  ])('refuses what an authorization request may not request, %#', async (form, code) => {
    test.device();
    expect(await error(test.authorizeDevice(form))).toEqual([400, code]);
  });

  it('gives the default scope where the request has none', async () => {
    test.device();
    const { device_code: code, user_code: userCode } = (
      await test.post('/oauth2/device_authorization', {})
    ).json;
    await test.page.signIn();
    await test.answerDevice(userCode, 'Allow');
    expect((await test.pollDevice(code)).json.scope).toBe('openid profile email');
  });

  it('is 503 where the store does not answer', async () => {
    test.device();
    test.backend.down.add('ttlStore');
    expect((await test.authorizeDevice()).status).toBeGreaterThanOrEqual(500);
  });

  it('is in the OpenAPI document', () => {
    const { paths } = describeApp(test.page.identity.app);
    expect(paths).toHaveProperty(
      '/oauth2/device_authorization.post.operationId',
      'deviceAuthorization',
    );
  });
});

describe('the device code grant (RFC 8628 §3.4)', () => {
  it('is pending until the user has answered, and then gives tokens once', async () => {
    test.device();
    const { device_code: code, user_code: userCode } = await begin();
    expect(await error(test.pollDevice(code))).toEqual([400, 'authorization_pending']);
    await test.page.signIn();
    test.backend.now += 60_000;
    await test.answerDevice(userCode, 'Allow');
    const { status, json } = await test.pollDevice(code);
    expect([status, json]).toEqual([
      200,
      {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'openid profile',
        refresh_token: expect.any(String),
        id_token: expect.any(String),
      },
    ]);
    const idToken = claimsOf(json.id_token);
    expect(idToken).toMatchObject({
      sub: test.page.accountId,
      aud: 'client-1',
      amr: ['pwd'],
      acr: 'urn:sallyport:acr:pwd',
      // When the user signed in in the browser, not when they answered.
      auth_time: (test.backend.now - 60_000) / 1_000,
    });
    // The device's grant has no browser's session: it is another device.
    expect(idToken).not.toHaveProperty('sid');
    expect(idToken).not.toHaveProperty('nonce');
    expect(await error(test.pollDevice(code))).toEqual([400, 'invalid_grant']);
  });

  it('opens a session of its own, which the account lists and which outlives a sign-out in the browser', async () => {
    test.device();
    const { json } = await test.pollDevice(await answered());
    const account = await test.page.browser.open('/account');
    expect(account.text).toContain('Living room TV, with your permission');
    await test.page.browser.press(account, 'Sign out');
    const { accountId, backend } = test.page;
    const grants = (await backend.user.listSessions()).filter(({ scopes }) => scopes);
    expect(grants).toMatchObject([{ clientId: 'client-1', scopes: ['openid', 'profile'] }]);
    const renewed = await test.post('/oauth2/token', {
      grant_type: 'refresh_token',
      refresh_token: json.refresh_token,
    });
    expect([renewed.status, claimsOf(renewed.json.id_token)['sub']]).toEqual([200, accountId]);
  });

  it('gives no refresh token and no ID token that was not requested', async () => {
    test.device({ grantTypes: [DEVICE_GRANT], scopes: ['read'] });
    const { json } = await test.pollDevice(await answered('Allow', { scope: 'read' }));
    expect(Object.keys(json).toSorted()).toEqual([
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ]);
  });

  it('answers access_denied to every poll if the user denied (§3.5)', async () => {
    test.device();
    const code = await answered('Deny');
    for (let n = 0; n < 2; n += 1) {
      expect(await error(test.pollDevice(code))).toEqual([400, 'access_denied']);
    }
    expect(test.backend.consents.stored.size).toBe(0);
  });

  it('answers expired_token once the request has expired, answered or not (§3.5)', async () => {
    test.device();
    const { device_code: open } = await begin();
    const code = await answered();
    test.backend.now += 899_999;
    expect(await error(test.pollDevice(open))).toEqual([400, 'authorization_pending']);
    test.backend.now += 1;
    expect(await error(test.pollDevice(open))).toEqual([400, 'expired_token']);
    expect(await error(test.pollDevice(code))).toEqual([400, 'expired_token']);
  });

  it('answers slow_down to polls that come too soon, and lengthens the interval (§3.5)', async () => {
    test.device();
    const { device_code: code, user_code: userCode } = await begin();
    const poll = async (seconds: number) => {
      test.backend.now += seconds * 1_000;
      return (await test.pollDevice(code)).json.error;
    };
    expect(await poll(0)).toBe('authorization_pending');
    expect(await poll(5)).toBe('authorization_pending');
    expect(await poll(4)).toBe('slow_down'); // The interval is 10 seconds now.
    expect(await poll(9)).toBe('slow_down'); // 15.
    expect(await poll(15)).toBe('authorization_pending');
    expect(await poll(10)).toBe('slow_down'); // 20.
    // A poll that gets the answer is never too soon.
    await test.page.signIn();
    await test.answerDevice(userCode, 'Allow');
    expect((await test.pollDevice(code)).status).toBe(200);
  });

  it.each([{}, { device_code: '' }])('needs a device_code: %j', async (form) => {
    test.device();
    const sent = { grant_type: DEVICE_GRANT, ...form };
    expect(await error(test.post('/oauth2/token', sent))).toEqual([400, 'invalid_request']);
  });

  it('answers invalid_grant for an unknown code, or for another client’s, which stays valid for that client', async () => {
    test.device();
    const code = await answered();
    expect(await error(test.pollDevice('made-up'))).toEqual([400, 'invalid_grant']);
    test.device({ clientId: 'client-2' as never });
    const other = { client_id: 'client-2' };
    expect(await error(test.pollDevice(code, other))).toEqual([400, 'invalid_grant']);
    const event = test.backend.logged.find(
      ({ event: name }) => name === 'backchannel.client_mismatch',
    );
    expect(event).toMatchObject({ level: 'security', clientId: 'client-2' });
    expect((await test.pollDevice(code)).status).toBe(200);
  });

  it('does not take a device_code as an auth_req_id', async () => {
    test.device();
    const code = await answered();
    await test.bank({ grantTypes: ['urn:openid:params:grant-type:ciba'] });
    expect(await error(test.pollBank(code))).toEqual([400, 'invalid_grant']);
  });

  it('gives tokens to one of many polls at once', async () => {
    test.device();
    const code = await answered();
    const polls = await Promise.all(Array.from({ length: 8 }, () => test.pollDevice(code)));
    const errors = polls.map(({ json }) => json.error);
    expect(errors.filter((code) => code === undefined)).toHaveLength(1);
    expect(new Set(errors)).toEqual(new Set([undefined, 'invalid_grant']));
    const grants = (await test.backend.user.listSessions()).filter(({ scopes }) => scopes);
    expect(grants).toHaveLength(1);
  });

  it('narrows to a requested resource, and does not use the code up if the resource was not granted', async () => {
    const api = 'https://api.example';
    await test.backend.resources.create(
      {
        resource: api,
        name: 'API',
        scopes: [],
        accessTokenSigningAlg: null,
        accessTokenSeconds: null,
      },
      0,
    );
    test.device();
    const code = await answered('Allow', { resource: api });
    const other = await test.pollDevice(code, { resource: 'https://other.example' });
    expect(other.json.error).toBe('invalid_target');
    const { json } = await test.pollDevice(code, { resource: api });
    expect(claimsOf(json.access_token)['aud']).toBe(api);
  });

  it('binds tokens to the DPoP key of the poll (RFC 9449 §5)', async () => {
    test.device({ dpopBoundAccessTokens: true });
    const code = await answered();
    expect(await error(test.pollDevice(code))).toEqual([400, 'invalid_dpop_proof']);
    const prover = await aProver();
    const { json } = await test.pollDevice(code, {}, await test.proof(prover));
    expect(json.token_type).toBe('DPoP');
    expect(claimsOf(json.access_token)['cnf']).toEqual({ jkt: prover.jkt });
    const refresh = { grant_type: 'refresh_token', refresh_token: json.refresh_token };
    const another = await test.proof(await aProver());
    expect(await error(test.post('/oauth2/token', refresh, another))).toEqual([
      400,
      'invalid_grant',
    ]);
    const renewed = await test.post('/oauth2/token', refresh, await test.proof(prover));
    expect(renewed.status).toBe(200);
  });

  it('can be tried again after a part of the system failed', async () => {
    test.device();
    const code = await answered();
    test.backend.down.add('users');
    expect(await error(test.pollDevice(code))).toEqual([503, 'temporarily_unavailable']);
    test.backend.down.delete('users');
    expect((await test.pollDevice(code)).status).toBe(200);
  });

  it('ends the session that it opened where the tokens could not be signed and the client tries again', async () => {
    test.device();
    const code = await answered();
    test.backend.down.add('keys');
    expect(await error(test.pollDevice(code))).toEqual([503, 'temporarily_unavailable']);
    test.backend.down.delete('keys');
    expect(await error(test.pollDevice(code))).toEqual([400, 'invalid_grant']);
    const grants = (await test.backend.user.listSessions()).filter(({ scopes }) => scopes);
    expect(grants).toEqual([]);
  });

  it('is denied if the user has signed out or withdrawn the consent meanwhile', async () => {
    test.device();
    const signedOut = await answered();
    await test.page.browser.press(await test.page.browser.open('/account'), 'Sign out');
    expect(await error(test.pollDevice(signedOut))).toEqual([400, 'access_denied']);
    const withdrawn = await answered();
    await test.page.browser.press(await test.page.browser.open('/account'), 'Remove access');
    expect(await error(test.pollDevice(withdrawn))).toEqual([400, 'access_denied']);
  });
});

describe('a user code (RFC 8628 §6.1)', () => {
  // The last ones are what keyboards for Japanese and Chinese write: full width.
  it.each([
    'WDJB-MJHT',
    'wdjbmjht',
    ' wdjb mjht ',
    'WD-JB–MJ-HT',
    'WdJb MjHt',
    'ＷＤＪＢ－ＭＪＨＴ',
    'ｗｄｊｂ　ｍｊｈｔ',
  ])('is read as it is typed: %j', (typed) => {
    expect(parseUserCode(typed)).toBe('WDJBMJHT');
  });

  it.each(['', 'WDJBMJH', 'WDJBMJHTT', 'WDJB_MJHT', 'ADJBMJHT', 'WDJBMJH1', 'ВDJBMJHT'])(
    'cannot be %j',
    (typed) => {
      expect(parseUserCode(typed)).toBeUndefined();
    },
  );

  it('is shown in two halves', () => {
    expect(shownUserCode('WDJBMJHT')).toBe('WDJB-MJHT');
  });
});
