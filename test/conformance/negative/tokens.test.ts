import { beforeAll, describe, expect, it } from 'vitest';

import { CERTIFICATE_DER } from '../../support/certificates.ts';
import { aProver } from '../../support/dpop-forge.ts';
import {
  type Administered,
  asAdministrator,
  CONFIDENTIAL,
  createClient,
  credentials,
  PUBLIC,
  REDIRECT,
} from '../../support/node/administered.ts';
import { logEventOf } from '../../support/node/log-of.ts';
import {
  claimsOf,
  type Fields,
  get,
  post,
  postToken,
  refusal,
  send,
} from '../../support/node/oauth-requests.ts';
import { tokenProof } from '../../support/node/proofs.ts';
import { issuer, registerClient } from '../../support/node/provider.ts';
import { redeem, SignedIn, tokensOf } from '../../support/node/signed-in.ts';

const API = 'https://api.example.test/';
const OFFLINE = { scope: 'openid offline_access' };

let user: SignedIn;
let web: Administered;
let app: Administered;

beforeAll(async () => {
  user = await SignedIn.create();
  web = await createClient(CONFIDENTIAL);
  app = await createClient(PUBLIC);
});

const refresh = (
  client: Administered,
  refresh_token: string,
  form: Fields = {},
  headers?: Readonly<Record<string, string>>,
) =>
  postToken(
    { grant_type: 'refresh_token', refresh_token, ...credentials(client), ...form },
    headers,
  );

const isActive = async (token: string) =>
  (await post('/oauth2/introspect', { token, ...credentials(web) })).body['active'];

/**
 * @demands RFC 9700 §2.2.1, §4.10.1: A sender-constrained access token is worth nothing to others.
 */
describe('access tokens bound to a certificate (RFC 8705 §3)', () => {
  const connection = (der: string) => ({
    'mf-cf-blob': JSON.stringify({
      tlsClientAuth: { certPresented: '1', certVerified: 'FAILED', certRFC9440: `:${der}:` },
    }),
  });
  const own = connection(CERTIFICATE_DER);
  const other = connection(Buffer.from('another certificate').toString('base64'));

  it('a token bound to a certificate is refused on another connection', async () => {
    const client = await createClient({
      ...CONFIDENTIAL,
      tls_client_certificate_bound_access_tokens: true,
    });
    const attempt = await user.code(client.clientId);
    expect(refusal(await redeem(client, attempt))).toBe('400 invalid_request');
    const tokens = tokensOf(await redeem(client, attempt, {}, own));
    expect(claimsOf(tokens.access_token)).toHaveProperty(['cnf', 'x5t#S256']);

    const authorization = `Bearer ${tokens.access_token}`;
    const userinfo = (headers: Readonly<Record<string, string>>) =>
      send('/oauth2/userinfo', { headers: { authorization, ...headers } });
    expect((await userinfo(own)).status).toBe(200);
    expect((await userinfo({})).status).toBe(401);
    expect((await userinfo(other)).status).toBe(401);
    const inForm = await post('/oauth2/userinfo', { access_token: tokens.access_token }, own);
    expect(inForm.status).toBe(401);
  });
});

/**
 * @demands RFC 9700 §2.2.2, §4.14.2: Refresh tokens of public clients are rotated or bound to a
 *   key, and the reuse of one ends all of its family.
 */
describe('refresh tokens are rotated or bound to a key', () => {
  it('a public client’s refresh token is replaced at each use, and an old one ends all of them', async () => {
    const first = await user.tokens(app, OFFLINE);
    const second = tokensOf(await refresh(app, first.refresh_token));
    expect(second.refresh_token).not.toBe(first.refresh_token);
    const third = tokensOf(await refresh(app, second.refresh_token));

    const replay = await refresh(app, first.refresh_token);
    expect(refusal(replay)).toBe('400 invalid_grant');
    expect(await logEventOf('token.refresh_reused', replay.headers)).toMatchObject({
      level: 'security',
      accountId: user.person.accountId,
    });
    expect(refusal(await refresh(app, third.refresh_token))).toBe('400 invalid_grant');
    expect(await isActive(third.access_token)).toBe(false);
  });

  it('a refresh token that another installation uses again at once ends all of them', async () => {
    const first = await user.tokens(app, OFFLINE);
    const second = tokensOf(await refresh(app, first.refresh_token));
    const thief = { 'user-agent': 'another installation', 'cf-connecting-ip': '203.0.113.7' };
    expect(refusal(await refresh(app, first.refresh_token, {}, thief))).toBe('400 invalid_grant');
    expect(refusal(await refresh(app, second.refresh_token))).toBe('400 invalid_grant');
  });

  it('a public client’s refresh token is bound to its DPoP key, where it has one (RFC 9449 §5)', async () => {
    const [mine, other] = [await aProver(), await aProver()];
    const attempt = await user.code(app.clientId, OFFLINE);
    const { refresh_token } = tokensOf(await redeem(app, attempt, {}, await tokenProof(mine)));
    for (const headers of [{}, await tokenProof(other)]) {
      const answer = await refresh(app, refresh_token, {}, headers);
      expect(refusal(answer)).toBe('400 invalid_grant');
    }
    expect((await refresh(app, refresh_token, {}, await tokenProof(mine))).status).toBe(200);
  });

  it.each([
    ['with a character more', (token: string) => `${token}A`],
    ['padded', (token: string) => `${token}=`],
    ['in upper case', (token: string) => token.toUpperCase()],
    ['with white space', (token: string) => ` ${token}`],
    ['that is an access token', () => 'eyJhbGciOiJFUzI1NiJ9.e30.AA'],
  ])('a refresh token %s is refused, and the right one stays good', async (_what, change) => {
    const { refresh_token } = await user.tokens(app, OFFLINE);
    expect(refusal(await refresh(app, change(refresh_token)))).toBe('400 invalid_grant');
    expect((await refresh(app, refresh_token)).status).toBe(200);
  });
});

/**
 * @demands RFC 9700 §4.14.2: A refresh token is bound to its client, scope and resources, and ends
 *   with the sign-in or grant that it came from.
 */
describe('refresh tokens are bound to what they came from', () => {
  it('another client cannot use, revoke or introspect a refresh token', async () => {
    const { refresh_token } = await user.tokens(app, OFFLINE);
    const stolen = await refresh(web, refresh_token);
    expect(refusal(stolen)).toBe('400 invalid_grant');
    expect(await logEventOf('token.client_mismatch', stolen.headers)).toMatchObject({
      level: 'security',
    });
    expect(await isActive(refresh_token)).toBe(false);
    await post('/oauth2/revoke', { token: refresh_token, ...credentials(web) });
    expect((await refresh(app, refresh_token)).status).toBe(200);
  });

  it('a confidential client’s refresh token needs the client’s credentials', async () => {
    const { refresh_token } = await user.tokens(web, OFFLINE);
    const answer = await refresh(web, refresh_token, { client_secret: undefined });
    expect(refusal(answer)).toBe('401 invalid_client');
  });

  it('a refresh token gets no scopes or resources beyond those that were granted', async () => {
    const { refresh_token } = await user.tokens(app, { ...OFFLINE, resource: API });
    for (const [form, error] of [
      [{ scope: 'openid offline_access email' }, 'invalid_scope'],
      [{ scope: 'account' }, 'invalid_scope'],
      [{ resource: 'https://other.example.test/' }, 'invalid_target'],
      [{ resource: issuer() }, 'invalid_target'],
    ] as const) {
      expect(refusal(await refresh(app, refresh_token, form))).toBe(`400 ${error}`);
    }
    const narrow = await refresh(app, refresh_token, { scope: 'openid' });
    expect(narrow.body['scope']).toBe('openid');
    const same = await refresh(app, tokensOf(narrow).refresh_token, {
      scope: 'openid account made-up',
    });
    expect(same.body['scope']).toBe('openid');
  });

  it('a refresh token without offline_access ends with its sign-in', async () => {
    const leaving = await SignedIn.create();
    const { refresh_token, access_token } = await leaving.tokens(app);
    await leaving.agent.press(await leaving.agent.open('/account'), 'Sign out');
    expect(refusal(await refresh(app, refresh_token))).toBe('400 invalid_grant');
    expect(await isActive(access_token)).toBe(false);
  });

  it('a revoked refresh token ends its access tokens, too (RFC 7009 §2.1)', async () => {
    const { refresh_token, access_token } = await user.tokens(app, OFFLINE);
    await post('/oauth2/revoke', { token: refresh_token, ...credentials(app) });
    expect(refusal(await refresh(app, refresh_token))).toBe('400 invalid_grant');
    expect(await isActive(access_token)).toBe(false);
  });
});

/**
 * @demands RFC 9700 §2.3, §4.10.2: An access token is for certain resources, and others refuse it.
 */
describe('access tokens are for certain resources', () => {
  it('an access token for another resource server is refused here', async () => {
    const { access_token } = await user.tokens(app, { resource: API });
    expect(claimsOf(access_token)['aud']).toBe(API);
    for (const path of ['/oauth2/userinfo', '/api/v1/auth/profile']) {
      expect((await get(path, `Bearer ${access_token}`)).status).toBe(401);
    }
  });

  it('a client can ask for its own resources only (RFC 8707 §2)', async () => {
    const client = await createClient(CONFIDENTIAL, { resources: [API] });
    for (const resource of [
      'https://other.example.test/',
      `${API}#fragment`,
      'https://api.example.test/x',
      'https://user@api.example.test/',
      'not a url',
      '/relative',
    ]) {
      const { searchParams } = (await user.authorize(client.clientId, { resource })).url;
      expect(searchParams.get('error')).toBe('invalid_target');
    }
  });

  it('a code is not redeemed for a resource that the user did not agree to', async () => {
    const attempt = await user.code(web.clientId, { resource: API });
    const answer = await redeem(web, attempt, { resource: 'https://other.example.test/' });
    expect(refusal(answer)).toBe('400 invalid_target');
  });

  it('an ID token is not accepted as an access token', async () => {
    const { id_token } = await user.tokens(app);
    expect((await get('/oauth2/userinfo', `Bearer ${id_token}`)).status).toBe(401);
    expect(await isActive(id_token)).toBe(false);
  });
});

/** @demands RFC 9700 §2.3: An access token is for certain actions, and allows no others. */
describe('access tokens are for certain actions', () => {
  it('an access token without a scope for it neither reads nor manages an account', async () => {
    const { access_token } = await user.tokens(app);
    const read = await get('/api/v1/auth/profile', `Bearer ${access_token}`);
    expect(read.status).toBe(403);
    expect(read.headers.get('www-authenticate')).toContain('insufficient_scope');
    const remove = await send('/api/v1/sessions', {
      method: 'DELETE',
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect([403, 404, 405]).toContain(remove.status);
    expect((await get('/api/v1/oauth/clients', `Bearer ${access_token}`)).status).toBe(403);
  });

  it('a client cannot ask for the scopes of our own clients', async () => {
    for (const scope of ['account', 'roles']) {
      const { searchParams } = (await user.authorize(app.clientId, { scope })).url;
      expect(searchParams.get('error')).toBe('invalid_scope');
      const attempt = await user.code(app.clientId, { scope: `openid ${scope}` });
      expect((await redeem(app, attempt)).body['scope']).toBe('openid');
    }
    await expect(
      registerClient({ redirect_uris: [REDIRECT], scope: 'openid roles' }),
    ).rejects.toThrow('invalid_client_metadata');
  });

  it('userinfo contains what the scopes give access to, and nothing else', async () => {
    const { access_token } = await user.tokens(app);
    const { body } = await get('/oauth2/userinfo', `Bearer ${access_token}`);
    expect(body).toEqual({ sub: user.person.accountId });
  });

  it('a public client cannot introspect tokens (RFC 7662 §2.1)', async () => {
    const { access_token: token } = await user.tokens(app);
    const answer = await post('/oauth2/introspect', { token, ...credentials(app) });
    expect(refusal(answer)).toBe('401 invalid_client');
    expect((await post('/oauth2/introspect', { token })).status).toBe(401);
  });

  it('a client cannot revoke another client’s token (RFC 7009 §2.1)', async () => {
    const { access_token } = await user.tokens(app);
    await post('/oauth2/revoke', { token: access_token, ...credentials(web) });
    expect(await isActive(access_token)).toBe(true);
  });
});

/** @demands RFC 9700 §4.15: A client cannot pass for a user. */
describe('a client cannot pass for a user', () => {
  it.each([
    ['a user’s sub', (sub: string) => sub],
    ['a user’s sub in another case', (sub: string) => sub.toUpperCase()],
    ['a pairwise sub', () => `pws_${'A'.repeat(43)}`],
  ])('an administrator cannot name a client like %s', async (_what, idFrom) => {
    const response = await send('/api/v1/oauth/clients', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await asAdministrator()) },
      body: JSON.stringify({
        clientId: idFrom(user.person.accountId),
        metadata: { redirect_uris: [REDIRECT] },
      }),
    });
    expect([response.status, response.body['code']]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('a client that registers itself does not choose its identifier', async () => {
    const wish = { redirect_uris: [REDIRECT], client_id: user.person.accountId };
    const { client_id } = await registerClient(wish);
    expect(client_id).not.toBe(user.person.accountId);
  });

  it('a client’s token in its own name has no session and no user’s rights', async () => {
    const client = await createClient({
      ...CONFIDENTIAL,
      redirect_uris: [],
      grant_types: ['client_credentials'],
      scope: 'read account',
    });
    const answer = await postToken({ grant_type: 'client_credentials', ...credentials(client) });
    const { access_token } = tokensOf(answer);
    const claims = claimsOf(access_token);
    expect(claims).toMatchObject({ sub: client.clientId, client_id: client.clientId });
    for (const name of ['sid', 'auth_time', 'acr', 'amr', 'roles']) {
      expect(claims).not.toHaveProperty(name);
    }
    for (const path of ['/oauth2/userinfo', '/api/v1/auth/profile', '/api/v1/sessions']) {
      expect([401, 403]).toContain((await get(path, `Bearer ${access_token}`)).status);
    }
  });

  it('a client’s token in its own name has no scope that is about a user', async () => {
    const client = await createClient({
      ...CONFIDENTIAL,
      redirect_uris: [],
      grant_types: ['client_credentials'],
      scope: 'openid profile read',
    });
    const form = { grant_type: 'client_credentials', scope: 'openid', ...credentials(client) };
    expect(refusal(await postToken(form))).toBe('400 invalid_scope');
  });
});
