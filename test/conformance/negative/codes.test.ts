import { beforeAll, describe, expect, it } from 'vitest';

import {
  type Administered,
  CONFIDENTIAL,
  createClient,
  credentials,
  PUBLIC,
} from '../../support/node/administered.ts';
import { logEventOf } from '../../support/node/log-of.ts';
import {
  type Fields,
  get,
  newPkce,
  post,
  postToken,
  refusal,
  s256,
} from '../../support/node/oauth-requests.ts';
import { redeem, SignedIn, tokensOf } from '../../support/node/signed-in.ts';

let user: SignedIn;
let web: Administered;
let app: Administered;

beforeAll(async () => {
  user = await SignedIn.create();
  web = await createClient(CONFIDENTIAL);
  app = await createClient(PUBLIC);
});

const introspect = async (token: string) =>
  (await post('/oauth2/introspect', { token, ...credentials(web) })).body['active'];

/**
 * @demands RFC 9700 §2.1.1: PKCE is required of public clients, and of others that send no nonce in
 *   its place, with the method S256 and no other.
 */
describe('PKCE', () => {
  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['no method, which would mean plain', { code_challenge_method: undefined }],
    ['plain', { code_challenge_method: 'plain' }],
    ['a method in another case', { code_challenge_method: 's256' }],
    ['a challenge that is too short', { code_challenge: 'short' }],
    ['a padded challenge', { code_challenge: `${newPkce().challenge}=` }],
    ['a challenge in base64', { code_challenge: `${newPkce().challenge.slice(0, 42)}+` }],
  ] satisfies [string, Fields][])('a request with %s gets no code', async (_what, form) => {
    for (const { clientId } of [web, app]) {
      const { searchParams } = (await user.authorize(clientId, form)).url;
      expect(searchParams.get('error')).toBe('invalid_request');
      expect(searchParams.has('code')).toBe(false);
    }
  });

  it('a request of a public client with a nonce in the place of a challenge gets no code', async () => {
    const without = { code_challenge: undefined, code_challenge_method: undefined, nonce: 'n-0S6' };
    const { searchParams } = (await user.authorize(app.clientId, without)).url;
    expect(searchParams.get('error')).toBe('invalid_request');
  });

  it('a code that was issued with a challenge needs its verifier', async () => {
    const expected = [
      [web, '400 invalid_grant'],
      [app, '400 invalid_request'],
    ] as const;
    for (const [client, error] of expected) {
      const answer = await redeem(client, await user.code(client.clientId), {
        code_verifier: undefined,
      });
      expect(refusal(answer)).toBe(error);
    }
  });

  it('a code that was issued without a challenge is not redeemed with a verifier', async () => {
    const without = { code_challenge: undefined, code_challenge_method: undefined, nonce: 'n-0S6' };
    const attempt = await user.code(web.clientId, without);
    expect(refusal(await redeem(web, attempt))).toBe('400 invalid_grant');
    expect((await redeem(web, attempt, { code_verifier: undefined })).status).toBe(200);
  });

  /**
   * @demands RFC 9700 §2.1.1, §4.8.2: PKCE cannot be downgraded: a verifier counts only where there
   *   was a challenge, and a challenge that was sent cannot be left out later.
   */
  it('a request with a verifier in place of a challenge gets no code', async () => {
    const { searchParams } = (
      await user.authorize(app.clientId, {
        code_challenge: undefined,
        code_verifier: 'a'.repeat(43),
      })
    ).url;
    expect(searchParams.get('error')).toBe('invalid_request');
  });

  it('another verifier is refused, and logged as a possible attack', async () => {
    const attempt = await user.code(app.clientId);
    const answer = await redeem(app, attempt, { code_verifier: newPkce().verifier });
    expect(refusal(answer)).toBe('400 invalid_grant');
    expect(await logEventOf('code.verifier_mismatch', answer.headers)).toMatchObject({
      level: 'security',
      clientId: app.clientId,
      accountId: user.person.accountId,
    });
  });

  it('the challenge is refused as a verifier, which the method plain would accept', async () => {
    const { challenge, ...attempt } = await user.code(app.clientId);
    const answer = await redeem(app, { ...attempt, challenge }, { code_verifier: challenge });
    expect(refusal(answer)).toBe('400 invalid_grant');
  });

  it.each([
    ['too short', 'a'.repeat(42)],
    ['too long', 'a'.repeat(129)],
    ['made of other characters', `${'a'.repeat(42)}+`],
  ])('a verifier that is %s is malformed (RFC 7636 §4.1)', async (_what, verifier) => {
    const attempt = await user.code(app.clientId, { code_challenge: s256(verifier) });
    expect(refusal(await redeem(app, attempt, { code_verifier: verifier }))).toBe(
      '400 invalid_request',
    );
  });

  it('a code stays good for its client after a refused attempt', async () => {
    const attempt = await user.code(app.clientId);
    await redeem(app, attempt, { code_verifier: newPkce().verifier });
    expect((await redeem(app, attempt)).status).toBe(200);
  });
});

/**
 * @demands RFC 9700 §4.5: A code can be neither injected nor replayed: it is for one client and for
 *   one use, and a second use ends what the first one issued.
 */
describe('code injection and replay', () => {
  it('a code is for one use, and its second use revokes what the first one issued', async () => {
    const attempt = await user.code(app.clientId, { scope: 'openid offline_access' });
    const first = await redeem(app, attempt);
    const { access_token, refresh_token } = tokensOf(first);
    expect(await introspect(access_token)).toBe(true);

    const second = await redeem(app, attempt);
    expect(refusal(second)).toBe('400 invalid_grant');
    expect(await logEventOf('code.reused', second.headers)).toMatchObject({ level: 'security' });
    expect(await introspect(access_token)).toBe(false);
    const form = { grant_type: 'refresh_token', refresh_token, ...credentials(app) };
    expect(refusal(await postToken(form))).toBe('400 invalid_grant');
  });

  it('a code that is used five times at once is redeemed once, and its tokens are revoked', async () => {
    const attempt = await user.code(app.clientId);
    const answers = await Promise.all(Array.from({ length: 5 }, () => redeem(app, attempt)));
    const passed = answers.filter(({ status }) => status === 200);
    expect(passed).toHaveLength(1);
    for (const one of passed) expect(await introspect(tokensOf(one).access_token)).toBe(false);
  });

  it('another client’s code is refused like an unknown one, and stays good for that client', async () => {
    const attempt = await user.code(web.clientId);
    const stolen = await redeem(app, attempt);
    expect(refusal(stolen)).toBe('400 invalid_grant');
    expect(await logEventOf('code.client_mismatch', stolen.headers)).toMatchObject({
      level: 'security',
    });
    const unknown = await redeem(app, { ...attempt, code: 'sac_unknown' });
    expect(stolen.text).toBe(unknown.text);
    expect((await redeem(web, attempt)).status).toBe(200);
  });

  /** @demands RFC 9700 §2.1, §4.7: Clients are protected from CSRF… */
  it('a code of another attempt does not fit the verifier of this one', async () => {
    const [mine, victims] = [await user.code(app.clientId), await user.code(app.clientId)];
    const injected = await redeem(app, { ...mine, code: victims.code });
    expect(refusal(injected)).toBe('400 invalid_grant');
  });

  /** @demands RFC 9700 §2.5: A client authenticates… */
  it('a confidential client’s code needs the client’s credentials (RFC 6749 §4.1.3)', async () => {
    const attempt = await user.code(web.clientId);
    for (const client_secret of [undefined, 'wrong']) {
      expect(refusal(await redeem(web, attempt, { client_secret }))).toBe('401 invalid_client');
    }
  });

  it.each([
    ['with a character more', (code: string) => `${code}A`],
    ['with a character less', (code: string) => code.slice(0, -1)],
    ['padded', (code: string) => `${code}=`],
    [
      'in another spelling',
      (code: string) => code.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    ],
    ['in upper case', (code: string) => code.toUpperCase()],
    ['that is only a prefix', () => 'sac_'],
  ])('a code %s is refused', async (_what, change) => {
    const attempt = await user.code(app.clientId);
    const answer = await redeem(app, { ...attempt, code: change(attempt.code) });
    expect(refusal(answer)).toBe('400 invalid_grant');
  });

  it('tokens are not accepted as codes, nor codes as tokens', async () => {
    const tokens = await user.tokens(app);
    for (const code of Object.values(tokens)) {
      const answer = await redeem(app, { ...(await user.code(app.clientId)), code });
      expect(refusal(answer)).toBe('400 invalid_grant');
    }
    const { code } = await user.code(app.clientId);
    const form = { grant_type: 'refresh_token', refresh_token: code, ...credentials(app) };
    expect(refusal(await postToken(form))).toBe('400 invalid_grant');
    expect((await get('/oauth2/userinfo', `Bearer ${code}`)).status).toBe(401);
    expect(await introspect(code)).toBe(false);
  });

  it('a code is refused once its user has signed out', async () => {
    const leaving = await SignedIn.create();
    const attempt = await leaving.code(app.clientId);
    await leaving.agent.press(await leaving.agent.open('/account'), 'Sign out');
    expect(refusal(await redeem(app, attempt))).toBe('400 invalid_grant');
  });
});
