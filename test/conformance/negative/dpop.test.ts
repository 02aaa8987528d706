import { beforeAll, describe, expect, it } from 'vitest';

import { aProof, aProver, ath, type Prover } from '../../support/dpop-forge.ts';
import { segment } from '../../support/jws-forge.ts';
import {
  type Administered,
  CONFIDENTIAL,
  createClient,
  credentials,
  PUBLIC,
} from '../../support/node/administered.ts';
import { logEventOf } from '../../support/node/log-of.ts';
import {
  authorizeUrl,
  claimsOf,
  newPkce,
  post,
  postPar,
  postToken,
  refusal,
  send,
} from '../../support/node/oauth-requests.ts';
import { currentNonce, nowSeconds, proofFor, tokenProof } from '../../support/node/proofs.ts';
import { issuer } from '../../support/node/provider.ts';
import {
  type Attempt,
  authorizationRequest,
  redeem,
  SignedIn,
  tokensOf,
} from '../../support/node/signed-in.ts';

const TOKEN = '/oauth2/token';
const USERINFO = '/oauth2/userinfo';

let user: SignedIn;
let app: Administered;
let bound: Administered;
let machine: Administered;
let prover: Prover;

beforeAll(async () => {
  user = await SignedIn.create();
  app = await createClient(PUBLIC);
  bound = await createClient({ ...CONFIDENTIAL, dpop_bound_access_tokens: true });
  machine = await createClient({
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['client_credentials'],
    redirect_uris: [],
  });
  prover = await aProver();
});

/** Requests a token with this value of the header DPoP. */
const ask = (dpop: string) =>
  postToken({ grant_type: 'client_credentials', ...credentials(machine) }, { dpop });

const REFUSED = '400 invalid_dpop_proof';

/** Faulty claims of a proof, by the check of RFC 9449 §4.3 that finds the fault. */
const CLAIMS: readonly (readonly [string, () => Record<string, unknown>])[] = [
  ['3: without a jti', () => ({ jti: undefined })],
  ['3: with an empty jti', () => ({ jti: '' })],
  ['3: with a jti that is no string', () => ({ jti: 7 })],
  ['3: with an endless jti', () => ({ jti: 'x'.repeat(256) })],
  ['3: without an htm', () => ({ htm: undefined })],
  ['3: without an htu', () => ({ htu: undefined })],
  ['3: without an iat', () => ({ iat: undefined })],
  ['3: with an iat that is no number', () => ({ iat: String(nowSeconds()) })],
  ['8: for another method', () => ({ htm: 'PUT' })],
  ['8: for the method in another case', () => ({ htm: 'post' })],
  ['8: for several methods', () => ({ htm: ['POST', 'GET'] })],
  ['9: for another path', () => ({ htu: `${issuer()}/oauth2/revoke` })],
  ['9: for another host', () => ({ htu: 'https://other.example.test/oauth2/token' })],
  ['9: for another port', () => ({ htu: 'http://127.0.0.1:1/oauth2/token' })],
  ['9: for another scheme', () => ({ htu: `${issuer().replace('http', 'https')}${TOKEN}` })],
  ['9: for a path in another case', () => ({ htu: `${issuer()}/oauth2/TOKEN` })],
  ['9: for a path with a slash more', () => ({ htu: `${issuer()}${TOKEN}/` })],
  ['9: for a relative address', () => ({ htu: TOKEN })],
  ['9: for an address with user information', () => ({ htu: userinfoUrl() })],
  ['9: for addresses in an array', () => ({ htu: [issuer() + TOKEN] })],
  ['9: for an address in an object', () => ({ htu: { href: issuer() + TOKEN } })],
  ['9: for a number', () => ({ htu: 1 })],
  ['9: for true', () => ({ htu: true })],
  ['10: whose nonce is no string', () => ({ nonce: 1 })],
];

const userinfoUrl = () => `${issuer().replace('//', '//user@')}${TOKEN}`;

const HEADERS: readonly (readonly [string, () => Record<string, unknown>])[] = [
  ['4: of another type', () => ({ typ: 'JWT' })],
  ['4: without a type', () => ({ typ: undefined })],
  ['4: of the type in another case', () => ({ typ: 'DPOP+JWT' })],
  ['5: without a signature', () => ({ alg: 'none' })],
  ['5: with a symmetric algorithm', () => ({ alg: 'HS256' })],
  ['5: with an algorithm that is not offered', () => ({ alg: 'ES512' })],
  ['6: with another algorithm than the key’s', () => ({ alg: 'EdDSA' })],
  ['6: without a key', () => ({ jwk: undefined })],
  ['6: with a key by address', () => ({ jku: 'https://evil.example/jwks' })],
  ['6: with a certificate', () => ({ x5c: ['AA=='] })],
  ['7: with a private key', () => ({ jwk: { ...prover.jwk, d: 'AAAA' } })],
  ['7: with a symmetric key', () => ({ jwk: { kty: 'oct', k: 'AAAA' } })],
  ['6: with an unknown extension', () => ({ crit: ['b64'], b64: false })],
];

/**
 * @demands RFC 9449 §4.3 checks 3, 8, 9, 11: The claims `jti`, `htm`, `htu` and `iat` of a proof
 *   are present and fit the request.
 */
describe('the claims of a proof at the token endpoint', () => {
  it('a proof without a fault is accepted', async () => {
    const answer = await ask(await proofFor(prover, { path: TOKEN }));
    expect([answer.status, answer.body['token_type']]).toEqual([200, 'DPoP']);
  });

  /**
   * @demands RFC 9449 §4.3 checks 3, 8, 9, 11: The claims…
   * @demands RFC 9449 §4.2: The claim `htu` is a string.
   */
  it.each(CLAIMS)('a proof is refused by check %s', async (_what, claims) => {
    expect(refusal(await ask(await proofFor(prover, { path: TOKEN, claims: claims() })))).toBe(
      REFUSED,
    );
  });

  it('the query and fragment of htu count for nothing (check 9)', async () => {
    for (const more of ['?a=b', '#c', '?a=b#c']) {
      const claims = { htu: `${issuer()}${TOKEN}${more}` };
      expect((await ask(await proofFor(prover, { path: TOKEN, claims }))).status).toBe(200);
    }
  });
});

/**
 * @demands RFC 9449 §4.3 checks 4 to 7: The header of a proof has the type, an asymmetric algorithm
 *   and the public key that signed it.
 */
describe('the header of a proof at the token endpoint', () => {
  it.each(HEADERS)('a proof’s header is refused by check %s', async (_what, header) => {
    expect(refusal(await ask(await proofFor(prover, { path: TOKEN, header: header() })))).toBe(
      REFUSED,
    );
  });

  it('a proof that another key signed is refused (check 6)', async () => {
    const other = await aProver();
    expect(
      refusal(await ask(await proofFor(prover, { path: TOKEN, header: { jwk: other.jwk } }))),
    ).toBe(REFUSED);
  });
});

/** @demands RFC 9449 §4.3 checks 1, 2: A request carries one proof, which is a well-formed JWT. */
describe('the form of a proof at the token endpoint', () => {
  it('more than one proof is refused (check 1)', async () => {
    const [one, two] = [
      await proofFor(prover, { path: TOKEN }),
      await proofFor(prover, { path: TOKEN }),
    ];
    expect(refusal(await ask(`${one}, ${two}`))).toBe(REFUSED);
    const headers = new Headers({ dpop: one });
    headers.append('dpop', two);
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...secret() });
    expect(refusal(await send(TOKEN, { method: 'POST', headers, body }))).toBe(REFUSED);
  });

  const secret = () => ({ client_id: machine.clientId, client_secret: machine.clientSecret ?? '' });

  it.each([
    ['nothing in it', () => ''],
    ['no JWT in it', () => 'not.a.jwt'],
    ['only two parts', (jwt: string) => jwt.split('.').slice(0, 2).join('.')],
    ['no signature', (jwt: string) => jwt.replace(/[^.]*$/, '')],
    ['padding', (jwt: string) => `${jwt}=`],
    ['white space within', (jwt: string) => jwt.replace('.', ' .')],
    ['a fourth part', (jwt: string) => `${jwt}.x`],
    ['another signature', (jwt: string) => jwt.replace(/[^.]*$/, 'A'.repeat(86))],
    ['a payload that is no object', (jwt: string) => withPayload(jwt, '[]')],
    ['a payload that contains a claim twice', (jwt: string) => withPayload(jwt, '{"a":1,"a":2}')],
  ])('a proof with %s is refused (checks 2 and 6)', async (_what, change) => {
    const answer = await ask(change(await proofFor(prover, { path: TOKEN })));
    expect(refusal(answer)).toBe(REFUSED);
  });

  const withPayload = (jwt: string, payload: string) =>
    jwt.replace(/\.[^.]*\./, `.${segment(payload)}.`);
});

/** @demands RFC 9449 §11.1: A proof is for one use. */
describe('proofs are for one use at the token endpoint', () => {
  it('a proof is accepted once', async () => {
    const dpop = await proofFor(prover, { path: TOKEN });
    expect((await ask(dpop)).status).toBe(200);
    expect(refusal(await ask(dpop))).toBe(REFUSED);
  });

  it('a proof that is used five times at once is accepted once', async () => {
    const dpop = await proofFor(prover, { path: TOKEN });
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(dpop)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

/**
 * @demands RFC 9449 §4.3 check 10, §8, §9: A proof contains a nonce of ours; to one without it the
 *   server answers with a nonce.
 */
describe('nonces', () => {
  it.each([
    ['no nonce', undefined],
    ['a made-up nonce', 'made-up'],
    ['an empty nonce', ''],
  ])(
    'a proof with %s is refused, and the answer contains a nonce that works',
    async (_what, nonce) => {
      const answer = await ask(await proofFor(prover, { path: TOKEN, claims: { nonce } }));
      expect(refusal(answer)).toBe('400 use_dpop_nonce');
      const given = answer.headers.get('dpop-nonce') ?? '';
      // RFC 9449 §8.1 says which characters a nonce may have.
      expect(given).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
      const again = await proofFor(prover, { path: TOKEN, claims: { nonce: given } });
      expect((await ask(again)).status).toBe(200);
    },
  );

  /** @demands RFC 9449 §4.3 check 11, §11.1: A nonce says when a proof was made, in place of `iat`. */
  it('a proof with a nonce of ours is accepted whatever the clock of its client says', async () => {
    for (const iat of [nowSeconds() - 7_200, nowSeconds() + 7_200]) {
      const first = await ask(
        await proofFor(prover, { path: TOKEN, claims: { nonce: undefined, iat } }),
      );
      expect(refusal(first)).toBe('400 use_dpop_nonce');
      const nonce = first.headers.get('dpop-nonce') ?? '';
      const again = await proofFor(prover, { path: TOKEN, claims: { nonce, iat } });
      expect((await ask(again)).status).toBe(200);
    }
  });

  it('an answer that contains a nonce is not cached (§8.2)', async () => {
    const answer = await ask(await proofFor(prover, { path: TOKEN, claims: { nonce: undefined } }));
    expect(answer.headers.get('cache-control')).toContain('no-store');
  });
});

/**
 * @demands RFC 9449 §5: A client whose tokens must be bound gets no others, and a bad proof does
 *   not count as an absent one.
 */
describe('tokens bound to a key', () => {
  it('a client whose tokens must be bound gets none without a proof (§5.2)', async () => {
    const attempt = await user.code(bound.clientId);
    expect(refusal(await redeem(bound, attempt))).toBe(REFUSED);
    const tokens = tokensOf(await redeem(bound, attempt, {}, await tokenProof(prover)));
    const form = {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      ...credentials(bound),
    };
    expect(refusal(await postToken(form))).toBe(REFUSED);
    expect(claimsOf(tokens.access_token)['cnf']).toEqual({ jkt: prover.jkt });
  });

  it('a refused proof does not lead to a bearer token', async () => {
    const answer = await ask('not.a.jwt');
    expect(answer.body).not.toHaveProperty('access_token');
  });

  /** @demands RFC 9449 §6.2: Introspection names the key that a token is bound to. */
  it('introspection names the key of a token', async () => {
    const attempt = await user.code(bound.clientId);
    const { access_token } = tokensOf(await redeem(bound, attempt, {}, await tokenProof(prover)));
    const form = { token: access_token, ...credentials(bound) };
    const { body } = await post('/oauth2/introspect', form);
    expect(body).toMatchObject({ token_type: 'DPoP', cnf: { jkt: prover.jkt } });
  });
});

/** @demands RFC 9449 §10: A code is redeemed with the key that `dpop_jkt` named. */
describe('codes bound to a key', () => {
  const redeemWith = async (attempt: Attempt, key: Prover | undefined) =>
    redeem(app, attempt, {}, key === undefined ? {} : await tokenProof(key));

  it('a code is not redeemed with another key than dpop_jkt named, or with none', async () => {
    const attempt = await user.code(app.clientId, { dpop_jkt: prover.jkt });
    const [other, none] = [
      await redeemWith(attempt, await aProver()),
      await redeemWith(attempt, undefined),
    ];
    for (const answer of [other, none]) {
      expect(refusal(answer)).toBe('400 invalid_grant');
      expect(await logEventOf('code.dpop_mismatch', answer.headers)).toMatchObject({
        level: 'security',
      });
    }
    expect((await redeemWith(attempt, prover)).status).toBe(200);
  });

  it.each(['short', 'A'.repeat(44), `${'A'.repeat(42)}+`])(
    'the dpop_jkt %s is malformed',
    async (dpop_jkt) => {
      const { searchParams } = (await user.authorize(app.clientId, { dpop_jkt })).url;
      expect(searchParams.get('error')).toBe('invalid_request');
    },
  );

  /** @demands RFC 9449 §10.1: A code is redeemed with the key that the pushed request proved. */
  describe('by a pushed request', () => {
    const pushWith = async (fields: Record<string, string>, headers: Record<string, string>) =>
      postPar({ ...authorizationRequest(app.clientId), ...fields }, headers);
    const parProof = (key: Prover, claims = {}) => proofFor(key, { path: '/oauth2/par', claims });

    it('a pushed request’s proof binds its code', async () => {
      const pkce = newPkce();
      const pushed = { code_challenge: pkce.challenge };
      const { body } = await pushWith(pushed, { dpop: await parProof(prover) });
      const query = { client_id: app.clientId, request_uri: String(body['request_uri']) };
      const { url } = await user.agent.go(authorizeUrl(query));
      const code = url.searchParams.get('code') ?? '';
      const attempt = { ...pkce, code, clientId: app.clientId, callback: url };
      for (const key of [undefined, await aProver()]) {
        expect(refusal(await redeemWith(attempt, key))).toBe('400 invalid_grant');
      }
      expect((await redeemWith(attempt, prover)).status).toBe(200);
    });

    it('a pushed request that names one key and proves another is refused', async () => {
      const { jkt } = await aProver();
      const answer = await pushWith({ dpop_jkt: jkt }, { dpop: await parProof(prover) });
      expect(refusal(answer)).toBe(REFUSED);
    });

    it.each([
      ['for another endpoint', () => ({ htu: issuer() + TOKEN })],
      ['for another method', () => ({ htm: 'GET' })],
    ])('a pushed request’s proof %s is refused', async (_what, claims) => {
      expect(refusal(await pushWith({}, { dpop: await parProof(prover, claims()) }))).toBe(REFUSED);
    });

    it('a pushed request’s proof without a nonce is refused, and the answer contains one (§8)', async () => {
      const dpop = await parProof(prover, { nonce: undefined });
      const answer = await pushWith({}, { dpop });
      expect(refusal(answer)).toBe('400 use_dpop_nonce');
      expect(answer.headers.get('dpop-nonce')).not.toBeNull();
    });
  });
});

/**
 * @demands RFC 9449 §4.3 check 12, §7.1: A bound token is accepted only with a proof by its key
 *   that is made for this token.
 * @demands RFC 9700 §2.2.1, §4.10.1: A sender-constrained access token…
 */
describe('bound tokens at a resource', () => {
  let token: string;

  beforeAll(async () => {
    const attempt = await user.code(app.clientId);
    token = tokensOf(await redeem(app, attempt, {}, await tokenProof(prover))).access_token;
  });

  /** Sends a token to userinfo; `heard` is the status, and the scheme and error of the challenge. */
  async function present(authorization: string, proofs: string | undefined) {
    const headers = { authorization, ...(proofs === undefined ? {} : { dpop: proofs }) };
    const answer = await send(USERINFO, { headers });
    const challenge = answer.headers.get('www-authenticate') ?? '';
    const [, scheme = '', error = ''] = /^(\w+).*?error="([^"]*)"/.exec(challenge) ?? [];
    return { answer, heard: `${answer.status} ${scheme} ${error}`.trim() };
  }

  const proof = async (
    claims: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ) =>
    proofFor(prover, {
      method: 'GET',
      path: USERINFO,
      claims: { ath: await ath(token), ...claims },
      header,
    });

  it('a bound token with its proof is accepted', async () => {
    const { answer } = await present(`DPoP ${token}`, await proof());
    expect(answer.body).toMatchObject({ sub: user.person.accountId });
  });

  /**
   * @demands RFC 9449 §7.2: A bound token is not accepted as a bearer token, and a bearer token is
   *   not accepted as a bound one.
   * @demands RFC 9700 §2.2.1, §4.10.1: A sender-constrained access token…
   */
  it('a bound token is refused as a bearer token, with a proof or without', async () => {
    for (const dpop of [undefined, await proof()]) {
      const { answer, heard } = await present(`Bearer ${token}`, dpop);
      expect(heard).toBe('401 DPoP invalid_token');
      expect(answer.headers.get('www-authenticate')).toContain('algs="');
    }
    const inForm = await post(USERINFO, { access_token: token });
    expect(inForm.status).toBe(401);
  });

  it('a bound token is refused without a proof (§7.1)', async () => {
    expect((await present(`DPoP ${token}`, undefined)).heard).toBe('401 DPoP invalid_dpop_proof');
  });

  it('a bound token is refused with the proof of another key (check 12)', async () => {
    const claims = { ath: await ath(token) };
    const dpop = await proofFor(await aProver(), { method: 'GET', path: USERINFO, claims });
    expect((await present(`DPoP ${token}`, dpop)).heard).toBe('401 DPoP invalid_token');
  });

  it.each([
    ['without the hash of a token', () => undefined],
    ['with the hash of another token', () => 'A'.repeat(43)],
    ['with the token for its hash', () => token],
  ])('a bound token is refused with a proof %s (check 12)', async (_what, hash) => {
    const { heard } = await present(`DPoP ${token}`, await proof({ ath: hash() }));
    expect(heard).toBe('401 DPoP invalid_dpop_proof');
  });

  /** @demands RFC 9449 §4.3 checks 3, 8, 9, 11: The claims… */
  it.each(CLAIMS)('a resource refuses a proof by check %s', async (_what, claims) => {
    // The addresses and methods that are wrong at the token endpoint are wrong here, too.
    expect((await present(`DPoP ${token}`, await proof(claims()))).answer.status).toBe(401);
  });

  /** @demands RFC 9449 §4.3 checks 4 to 7: The header of a proof… */
  it.each(HEADERS)('a resource refuses a proof’s header by check %s', async (_what, header) => {
    const { heard } = await present(`DPoP ${token}`, await proof({}, header()));
    expect(heard).toBe('401 DPoP invalid_dpop_proof');
  });

  /** @demands RFC 9449 §11.1: A proof is for one use… */
  it('a proof is accepted once at a resource, too', async () => {
    const dpop = await proof();
    expect((await present(`DPoP ${token}`, dpop)).answer.status).toBe(200);
    expect((await present(`DPoP ${token}`, dpop)).heard).toBe('401 DPoP invalid_dpop_proof');
  });

  /** @demands RFC 9449 §4.3 checks 1, 2: A request carries one proof… */
  it('a resource refuses two proofs (check 1)', async () => {
    const { heard } = await present(`DPoP ${token}`, `${await proof()}, ${await proof()}`);
    expect(heard).toBe('401 DPoP invalid_dpop_proof');
  });

  /** @demands RFC 9449 §4.3 check 10, §8, §9: A proof contains a nonce… */
  it('a resource refuses a proof without a nonce of ours, and answers with one (§9)', async () => {
    for (const nonce of [undefined, 'made-up']) {
      const { answer, heard } = await present(`DPoP ${token}`, await proof({ nonce }));
      expect(heard).toBe('401 DPoP use_dpop_nonce');
      const again = await proof({ nonce: answer.headers.get('dpop-nonce') });
      expect((await present(`DPoP ${token}`, again)).answer.status).toBe(200);
    }
  });

  /** @demands RFC 9449 §7.2: A bound token is not accepted as a bearer token… */
  it('a bearer token does not become a bound one by its scheme', async () => {
    const { access_token } = await user.tokens(app);
    const claims = { ath: await ath(access_token) };
    const dpop = await proofFor(prover, { method: 'GET', path: USERINFO, claims });
    expect((await present(`DPoP ${access_token}`, dpop)).answer.status).toBe(401);
  });

  /** @demands RFC 9449 §7.2: A bound token is not accepted as a bearer token… */
  it('forward authentication refuses a bound token without its proof', async () => {
    const path = '/api/v1/auth/token/validate';
    for (const authorization of [`Bearer ${token}`, `DPoP ${token}`]) {
      expect((await send(path, { headers: { authorization } })).status).toBe(401);
    }
  });

  /** @demands RFC 9449 §4.3 checks 3, 8, 9, 11: The claims… */
  it('a resource refuses a proof that was made for another of our addresses', async () => {
    const dpop = await aProof(prover, {
      jti: crypto.randomUUID(),
      htm: 'GET',
      htu: `${issuer()}/api/v1/auth/profile`,
      iat: nowSeconds(),
      nonce: await currentNonce(),
      ath: await ath(token),
    });
    expect((await present(`DPoP ${token}`, dpop)).heard).toBe('401 DPoP invalid_dpop_proof');
  });
});
