import { beforeEach, describe, expect, it } from 'vitest';

import { ClientId } from '../../../../../shared/ids.ts';
import { describeApp } from '../../../../../workers/identity/describe.ts';
import { subjectForClient } from '../../../../../workers/identity/oauth/clients/pairwise-sector.ts';
import { BackchannelFixture, CIBA_GRANT } from '../../../../support/backchannel-fixture.ts';
import { aSigner, forge, jwkSet } from '../../../../support/jws-forge.ts';
import { claimsOf } from '../../../../support/token-fixture.ts';

let test: BackchannelFixture;
beforeEach(async () => {
  test = await BackchannelFixture.start();
});

const error = async (answer: ReturnType<BackchannelFixture['post']>) => {
  const { status, json } = await answer;
  return [status, json.error];
};
const refused = (code: string, status = 400) => [status, code];

describe('the backchannel authentication endpoint (CIBA §7)', () => {
  it('answers an auth_req_id, its lifetime and the polling interval (§7.3)', async () => {
    await test.bank();
    const { status, json, headers } = await test.askUser();
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(json).toEqual({
      auth_req_id: expect.stringMatching(/^[\w-]{43}$/),
      expires_in: 300,
      interval: 5,
    });
    expect([...test.backend.values].join()).not.toContain(json.auth_req_id);
  });

  it('is for confidential clients of the grant (FAPI-CIBA §5.2.2)', async () => {
    await test.bank({ grantTypes: ['authorization_code'] });
    expect(await error(test.askUser())).toEqual(refused('unauthorized_client'));
    await test.bank({ backchannelTokenDeliveryMode: null });
    expect(await error(test.askUser())).toEqual(refused('unauthorized_client'));
    test.device({ grantTypes: [CIBA_GRANT], backchannelTokenDeliveryMode: 'poll' });
    const form = { scope: 'openid', login_hint: 'ada@example.test' };
    const answer = test.post('/oauth2/bc-authorize', form);
    expect(await error(answer)).toEqual(refused('unauthorized_client'));
  });

  it('authenticates the client', async () => {
    await test.bank();
    const answer = test.askUser({ client_secret: 'wrong' });
    expect(await error(answer)).toEqual(refused('invalid_client', 401));
  });

  it.each([
    [{ scope: '' }, 'invalid_request'],
    [{ scope: 'profile' }, 'invalid_scope'],
    [{ scope: 'openid\troles' }, 'invalid_scope'],
    [{ resource: 'https://unknown.example' }, 'invalid_target'],
    [{ authorization_details: '[{"type":"payment"}]' }, 'invalid_authorization_details'],
    [{ requested_expiry: '0' }, 'invalid_request'],
    [{ requested_expiry: '-5' }, 'invalid_request'],
    [{ requested_expiry: '1.5' }, 'invalid_request'],
    [{ requested_expiry: 'soon' }, 'invalid_request'],
    [{ binding_message: 'a\nb' }, 'invalid_binding_message'],
    [{ binding_message: 'a\u202Eb' }, 'invalid_binding_message'],
    [{ binding_message: 'a\u200Bb' }, 'invalid_binding_message'],
    [{ binding_message: '  ' }, 'invalid_binding_message'],
    [{ binding_message: '\u3164' }, 'invalid_binding_message'],
    [{ binding_message: 'x'.repeat(101) }, 'invalid_binding_message'],
    [{ login_hint: '' }, 'invalid_request'],
    [{ id_token_hint: 'x' }, 'invalid_request'],
    [{ login_hint_token: 'x' }, 'invalid_request'],
    [{ login_hint: '', login_hint_token: 'x' }, 'invalid_request'],
    [{ login_hint: '', id_token_hint: 'x' }, 'invalid_request'],
    [{ login_hint: 'nobody@example.test' }, 'unknown_user_id'],
    [{ login_hint: 'Ada' }, 'unknown_user_id'],
    [{ login_hint: '00000000-0000-0000-0000-000000000000' }, 'unknown_user_id'],
    [{ login_hint: ['a@b.example', 'ada@example.test'] }, 'invalid_request'],
    [{ request: 'x' }, 'invalid_request'],
  ])('refuses %j (§7.2, §13)', async (form, code) => {
    await test.bank();
    expect(await error(test.askUser(form))).toEqual(refused(code));
  });

  it('looks for the user only if nothing else is wrong', async () => {
    await test.bank();
    test.backend.accountsOpened = 0;
    await test.askUser({ login_hint: 'nobody@example.test', binding_message: 'a\nb' });
    await test.askUser({ login_hint: 'nobody@example.test', scope: 'profile' });
    expect(test.backend.accountsOpened).toBe(0);
  });

  it('takes plain text of any language as the binding message', async () => {
    await test.bank();
    for (const message of ['W4SCT', 'Überweisung – 45,00 €', 'คำขอ', 'x'.repeat(100)]) {
      expect((await test.askUser({ binding_message: message })).status).toBe(200);
    }
  });

  it('finds the user by the client’s own sub for them, and by an old ID token of the client', async () => {
    const bank = await test.bank({ subjectType: 'pairwise' });
    const { accountId } = test.page;
    const subject = await subjectForClient(bank, accountId, test.services);
    expect((await test.askUser({ login_hint: subject })).status).toBe(200);
    expect(await error(test.askUser({ login_hint: accountId }))).toEqual(
      refused('unknown_user_id'),
    );
    const signer = await aSigner('ES256');
    Object.assign(test.backend, { published: jwkSet(signer).keys });
    const idToken = (claims: object) =>
      forge(
        signer,
        { typ: 'JWT', alg: 'ES256', kid: signer.kid },
        {
          iss: 'https://id.example.test',
          sub: subject,
          aud: 'client-1',
          iat: 1,
          exp: 2,
          ...claims,
        },
      );
    const hinted = async (claims: object = {}) =>
      error(test.askUser({ login_hint: '', id_token_hint: await idToken(claims) }));
    expect(await hinted()).toEqual([200, undefined]);
    expect(await hinted({ aud: 'client-2' })).toEqual(refused('invalid_request'));
    expect(await hinted({ iss: 'https://evil.example' })).toEqual(refused('invalid_request'));
    expect(await hinted({ sub: accountId })).toEqual(refused('unknown_user_id'));
  });

  it('refuses a user whose account is not active', async () => {
    await test.bank();
    const account = await test.backend.accounts.find(test.page.accountId);
    Object.assign(account ?? {}, { status: 'suspended' });
    test.backend.accounts.find = async () => account;
    test.backend.accounts.findCredentials = async () => account && { account, passwordHash: 'x' };
    expect(await error(test.askUser())).toEqual(refused('unknown_user_id'));
  });

  it('takes the lifetime that the client requests, up to ten minutes', async () => {
    await test.bank();
    expect((await test.askUser({ requested_expiry: '120' })).json.expires_in).toBe(120);
    expect((await test.askUser({ requested_expiry: '9999' })).json.expires_in).toBe(600);
  });

  it.each([
    ['that registered itself', { source: 'registered' }],
    ['of a metadata document', { source: 'metadata_document' }],
  ] as const)('is closed to a client %s until an administrator allows it', async (_, more) => {
    await test.bank({ ...more, cibaAllowed: false });
    const hints = ['ada@example.test', 'nobody@example.test', 'no address'];
    const answers = [];
    test.backend.accountsOpened = 0;
    for (const login_hint of hints) answers.push((await test.askUser({ login_hint })).json);
    for (const answer of answers) {
      expect(answer).toEqual({
        error: 'unauthorized_client',
        error_description: 'An administrator must allow the client the grant',
      });
    }
    expect(test.backend.accountsOpened).toBe(0);
    expect([...test.backend.values].join()).not.toContain('ciba-waiting');
  });

  it('is open to a client that an administrator registered or allowed', async () => {
    await test.bank({ source: 'administered', cibaAllowed: false });
    expect((await test.askUser()).status).toBe(200);
    await test.bank({ source: 'registered', cibaAllowed: true });
    expect((await test.askUser()).status).toBe(200);
  });

  it('gives no tokens to a client from which the grant was taken', async () => {
    await test.bank();
    const { auth_req_id } = (await test.askUser()).json;
    await test.page.signIn();
    await test.answerBank('Allow');
    await test.bank({ cibaAllowed: false });
    expect(await error(test.pollBank(auth_req_id))).toEqual(refused('unauthorized_client'));
  });

  it('lets every client ask whose own requests are not too many', async () => {
    await test.bank();
    for (let n = 0; n < 6; n += 1) await test.askUser();
    test.backend.now += 1_000;
    const other = { clientId: ClientId.restore('client-2'), name: 'The insurer' };
    await test.bank(other);
    const asOther = { client_id: other.clientId };
    for (let n = 0; n < 5; n += 1) expect((await test.askUser(asOther)).status).toBe(200);
    expect(await error(test.askUser(asOther))).toEqual(refused('access_denied', 403));
    await test.page.signIn();
    const { html } = await test.page.browser.open('/account');
    expect(html.match(/\/account\/requests\/[\w-]{43}/g)).toHaveLength(10);
    await test.answerBank('Deny');
    await test.answerBank('Deny');
    const free = await Promise.all([1, 2, 3].map(() => error(test.askUser(asOther))));
    expect(free.filter(([status]) => status === 200)).toHaveLength(2);
  });

  it('bounds the requests of all clients, and frees a client’s place where there is no other', async () => {
    const ask = async (name: string) => {
      await test.bank({ clientId: ClientId.restore(name) });
      return error(test.askUser({ client_id: name }));
    };
    for (let n = 0; n < 20; n += 1) expect((await ask(`client-${n % 4}`))[0]).toBe(200);
    for (let n = 0; n < 6; n += 1) expect(await ask('late')).toEqual(refused('access_denied', 403));
    await test.page.signIn();
    await test.answerBank('Deny');
    expect((await ask('late'))[0]).toBe(200);
  });

  it('lets five requests of a client wait for a user at a time (403, §13)', async () => {
    await test.bank();
    const answer = await Promise.all(Array.from({ length: 7 }, () => error(test.askUser())));
    expect(answer.filter(([status]) => status === 200)).toHaveLength(5);
    expect(answer.filter(([, code]) => code === 'access_denied')).toHaveLength(2);
    expect(await error(test.askUser())).toEqual(refused('access_denied', 403));
    expect((await test.askUser({ login_hint: 'bob@example.test' })).status).toBe(200);
    await test.page.signIn();
    await test.answerBank('Deny');
    expect((await test.askUser()).status).toBe(200);
  });

  it('is 503 where the accounts cannot be read', async () => {
    await test.bank();
    test.backend.down.add('database');
    expect(await error(test.askUser())).toEqual(refused('temporarily_unavailable', 503));
  });

  it('is in the OpenAPI document', () => {
    const { paths } = describeApp(test.page.identity.app);
    expect(paths).toHaveProperty(
      '/oauth2/bc-authorize.post.operationId',
      'backchannelAuthentication',
    );
  });
});

describe('a signed request (CIBA §7.1.1)', () => {
  const signed = async (claims: object = {}, more: object = {}) => {
    const signer = await aSigner('ES256');
    await test.bank({
      backchannelAuthenticationRequestSigningAlg: 'ES256',
      jwks: jwkSet(signer).keys.map((key) => ({ ...key })),
      ...more,
    });
    const now = test.backend.now / 1_000;
    return forge(
      signer,
      { alg: 'ES256', kid: signer.kid },
      {
        iss: 'client-1',
        aud: 'https://id.example.test',
        exp: now + 60,
        iat: now,
        nbf: now,
        jti: 'once',
        scope: 'openid profile',
        login_hint: 'ada@example.test',
        binding_message: 'W4SCT',
        requested_expiry: 120,
        ...claims,
      },
    );
  };
  const ask = (request: string, more: object = {}) =>
    test.post('/oauth2/bc-authorize', { request, client_secret: 'secret', ...more });

  it('carries every parameter', async () => {
    const { status, json } = await ask(await signed());
    expect([status, json.expires_in]).toEqual([200, 120]);
  });

  it('is required of a client that signs its requests', async () => {
    await signed();
    expect(await error(test.askUser())).toEqual(refused('invalid_request'));
    await test.bank({ profile: 'fapi2_security' });
    expect(await error(test.askUser())).toEqual(refused('invalid_request'));
  });

  it.each([
    { aud: 'https://other.example' },
    { aud: undefined },
    { iss: 'client-2' },
    { exp: 1 },
    { exp: undefined },
    { nbf: undefined },
    { nbf: 9_999_999_999 },
    { iat: undefined },
    { jti: undefined },
    { request: 'x' },
    { scope: ['openid'] },
  ])('is refused with %j', async (claims) => {
    expect(await error(ask(await signed(claims)))).toEqual(refused('invalid_request'));
  });

  it('is refused with a parameter beside it', async () => {
    const request = await signed();
    for (const beside of [{ scope: 'openid' }, { binding_message: 'other' }, { foo: 'bar' }]) {
      expect(await error(ask(request, beside))).toEqual(refused('invalid_request'));
    }
  });

  it('is refused where the client’s registered algorithm and key did not sign it', async () => {
    const request = await signed();
    const [header = '', payload = ''] = request.split('.');
    expect(await error(ask(`${header}.${payload}.AAAA`))).toEqual(refused('invalid_request'));
    const other = await signed({}, { backchannelAuthenticationRequestSigningAlg: 'PS256' });
    expect(await error(ask(other))).toEqual(refused('invalid_request'));
    await signed();
    expect(await error(ask(request))).toEqual(refused('invalid_request'));
  });

  it('lives for 60 minutes at most, and has a binding message, of a FAPI client (FAPI-CIBA §5.2.2)', async () => {
    const fapi = { profile: 'fapi2_security', backchannelAuthenticationRequestSigningAlg: null };
    const now = test.backend.now / 1_000;
    expect((await ask(await signed({}, fapi))).status).toBe(200);
    for (const claims of [
      { exp: now + 3_601 },
      { nbf: now - 3_700 },
      { binding_message: undefined },
    ]) {
      expect(await error(ask(await signed(claims, fapi)))).toEqual(refused('invalid_request'));
    }
  });
});

describe('the CIBA grant (§10.1, §11)', () => {
  const answered = async (answer: 'Allow' | 'Deny' = 'Allow') => {
    await test.bank();
    const { json } = await test.askUser();
    await test.page.signIn();
    await test.answerBank(answer);
    return json.auth_req_id as string;
  };

  it('is pending until the user has answered, and then gives tokens once', async () => {
    await test.bank();
    const id = (await test.askUser()).json.auth_req_id;
    expect(await error(test.pollBank(id))).toEqual(refused('authorization_pending'));
    expect(await error(test.pollBank(id))).toEqual(refused('slow_down'));
    await test.page.signIn();
    await test.answerBank('Allow');
    const { json } = await test.pollBank(id);
    expect(Object.keys(json).toSorted()).toEqual([
      'access_token',
      'expires_in',
      'id_token',
      'refresh_token',
      'scope',
      'token_type',
    ]);
    const claims = claimsOf(json.id_token);
    expect(claims).toMatchObject({ sub: test.page.accountId, amr: ['pwd'] });
    // Those are of the push mode (§10.3.1).
    expect(Object.keys(claims).filter((name) => name.startsWith('urn:'))).toEqual([]);
    expect(claims).not.toHaveProperty('sid');
    expect(await error(test.pollBank(id))).toEqual(refused('invalid_grant'));
  });

  it('answers access_denied if the user denied', async () => {
    expect(await error(test.pollBank(await answered('Deny')))).toEqual(refused('access_denied'));
  });

  it('answers expired_token once the request has expired, answered or not', async () => {
    const id = await answered();
    test.backend.now += 300_000;
    expect(await error(test.pollBank(id))).toEqual(refused('expired_token'));
  });

  it('answers invalid_grant for a request that is unknown or another client’s', async () => {
    const id = await answered();
    expect(await error(test.pollBank('made-up'))).toEqual(refused('invalid_grant'));
    await test.bank({ clientId: 'client-2' as never });
    const other = { client_id: 'client-2' };
    expect(await error(test.pollBank(id, other))).toEqual(refused('invalid_grant'));
    expect((await test.pollBank(id)).status).toBe(200);
  });

  it('needs an auth_req_id', async () => {
    await test.bank();
    expect(await error(test.pollBank(''))).toEqual(refused('invalid_request'));
  });
});
