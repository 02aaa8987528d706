import { beforeEach, describe, expect, it } from 'vitest';

import { ClientId, newSessionId, SessionId } from '../../../../../shared/ids.ts';
import { pairwiseSubject } from '../../../../../workers/identity/sessions/pairwise-subject.ts';
import { claimsOf } from '../../../../support/authorization-server-fixture.ts';
import { ExchangeFixture, ID_TOKEN } from '../../../../support/exchange-fixture.ts';

const AUDIENCE = 'https://id.example.test';
const API = 'https://api.example.test/';

let backend: ExchangeFixture;
let accountId: Awaited<ReturnType<ExchangeFixture['account']>>;
let browser: SessionId;

beforeEach(async () => {
  backend = new ExchangeFixture();
  await backend.resource(API);
  await backend.exchanger('app');
  accountId = await backend.account();
  browser = await backend.signIn(accountId);
  await agree({ scopes: ['openid', 'email', 'offline_access'], resources: [API] });
});

const agree = ({ scopes, resources }: { scopes: string[]; resources: string[] }) =>
  backend.backend.consents.grant(
    {
      accountId,
      clientId: ClientId.restore('app'),
      scopes,
      resources,
      claims: [],
      authorizationDetails: [],
    },
    0,
  );

function idToken(more: object = {}): Promise<string> {
  const iat = backend.backend.now / 1_000;
  const claims = {
    iss: AUDIENCE,
    sub: accountId,
    aud: 'app',
    iat,
    exp: iat + 3_600,
    sid: browser,
    ...more,
  };
  return backend.services.keys.signJwt({ typ: 'JWT', alg: 'RS256', claims });
}

const TYPE = { subject_token_type: ID_TOKEN };

describe('an ID token as the subject token (RFC 8693 §3)', () => {
  it('is good for what the user agreed that the client gets', async () => {
    const { status, json } = await backend.exchange('app', await idToken(), TYPE);
    expect([status, json.scope, json.expires_in]).toEqual([200, 'openid email', 900]);
    expect(json).not.toHaveProperty('refresh_token');
    const claims = claimsOf(json.access_token);
    expect(claims).toMatchObject({ sub: accountId, aud: AUDIENCE, client_id: 'app' });
    expect(claims).not.toHaveProperty('act');
    expect(claims).not.toHaveProperty('roles');
  });

  it('gives a token that is revoked with its session for as long as it lives', async () => {
    await backend.claims('app', await idToken(), TYPE);
    backend.backend.now += 3_000_000;
    const { sid, exp } = await backend.claims('app', await idToken(), TYPE);
    const until = await backend.revokedUntil(accountId, SessionId.restore(sid));
    expect(until).toBeGreaterThan(Number(exp));
  });

  it('opens a session for the client, which ends with the browser’s', async () => {
    const claims = await backend.claims('app', await idToken(), TYPE);
    expect(claims['sid']).not.toBe(browser);
    const sid = SessionId.restore(claims['sid']);
    const record = await backend.user(accountId).readSession(sid);
    expect(record).toMatchObject({ status: 'live', parentId: browser });
    expect(record?.grant).toMatchObject({ clientId: 'app', scopes: ['openid', 'email'] });
    await backend.user(accountId).endSession(browser, 'logout');
    expect(await backend.user(accountId).checkSession(sid)).toBe('ended');
  });

  it('opens one session for the same terms, however often it is exchanged', async () => {
    const sids = new Set<unknown>();
    for (let n = 0; n < 5; n += 1) {
      backend.backend.now += 60_000;
      sids.add((await backend.claims('app', await idToken(), TYPE))['sid']);
    }
    expect(sids.size).toBe(1);
    sids.add((await backend.claims('app', await idToken(), { ...TYPE, scope: 'openid' }))['sid']);
    sids.add((await backend.claims('app', await idToken(), { ...TYPE, resource: API }))['sid']);
    expect(sids.size).toBe(3);
    const [first] = sids;
    await backend.user(accountId).endSession(SessionId.restore(String(first)), 'remote');
    sids.add((await backend.claims('app', await idToken(), TYPE))['sid']);
    expect(sids.size).toBe(4);
  });

  it('stands for the user whose pairwise subject it names (OpenID Connect Core §8.1)', async () => {
    const key = await backend.services.pairwiseKey();
    const sub = await pairwiseSubject(key, 'app.example.test', accountId);
    expect(await backend.claims('app', await idToken({ sub }), TYPE)).toMatchObject({ sub });
  });

  it('gets an access token that lives no longer than itself', async () => {
    const exp = backend.backend.now / 1_000 + 60;
    expect(await backend.claims('app', await idToken({ exp }), TYPE)).toMatchObject({ exp });
  });

  it('may be for a resource that the user agreed to, and for no other', async () => {
    await backend.resource('https://other.example/');
    const token = await idToken();
    const claims = await backend.claims('app', token, { ...TYPE, resource: API });
    expect(claims['aud']).toBe(API);
    const other = { ...TYPE, resource: 'https://other.example/' };
    expect(await backend.refusal('app', token, other)).toBe('400 invalid_target');
  });

  it('gives no scope that the user did not agree to', async () => {
    for (const scope of ['profile', 'openid profile', 'offline_access']) {
      const refused = await backend.refusal('app', await idToken(), { ...TYPE, scope });
      expect(refused).toBe('400 invalid_scope');
    }
  });

  it('is good for a first-party client, whose user is never asked', async () => {
    await backend.exchanger('ours', { skipConsent: true, scopes: ['openid', 'read'] });
    const { json } = await backend.exchange('ours', await idToken({ aud: 'ours' }), TYPE);
    expect(json.scope).toBe('openid read');
  });

  it.each([
    ['has expired', { exp: 1 }],
    ['expires now', { exp: Date.UTC(2026, 10, 23) / 1_000 }],
    ['was issued to another client', { aud: 'other' }],
    ['is of another issuer', { iss: 'https://evil.example' }],
    ['has no session', { sid: undefined }],
    ['has a session that nobody opened', { sid: newSessionId() }],
    ['names no account', { sub: 'somebody' }],
    ['has an act that is a text', { act: 'x' }],
    ['names somebody else who may act', { may_act: { sub: 'agent' } }],
  ])('is refused if it %s', async (_, claims) => {
    expect(await backend.refusal('app', await idToken(claims), TYPE)).toBe('400 invalid_request');
  });

  it('is refused when the browser’s session has ended', async () => {
    await backend.user(accountId).endSession(browser, 'logout');
    expect(await backend.refusal('app', await idToken(), TYPE)).toBe('400 invalid_request');
  });

  it('is refused when the user has withdrawn their consent', async () => {
    await backend.backend.consents.withdraw(accountId, ClientId.restore('app'));
    expect(await backend.refusal('app', await idToken(), TYPE)).toBe('400 invalid_request');
  });

  it('is no access token, and an access token is no ID token', async () => {
    expect(await backend.refusal('app', await idToken())).toBe('400 invalid_request');
    const { accessToken } = await backend.grant(accountId, 'app');
    expect(await backend.refusal('app', accessToken, TYPE)).toBe('400 invalid_request');
  });

  it('cannot be judged while the database is down', async () => {
    const token = await idToken();
    const consents = () => {
      throw new Error('down');
    };
    Object.assign(backend.services, { consents });
    expect(await backend.refusal('app', token, TYPE)).toBe('503 temporarily_unavailable');
  });
});
