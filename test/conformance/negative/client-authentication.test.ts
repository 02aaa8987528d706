import { beforeAll, describe, expect, it } from 'vitest';

import { aSigner, forge, type Signer, segment } from '../../support/jws-forge.ts';
import {
  type Administered,
  CONFIDENTIAL,
  createClient,
  PUBLIC,
} from '../../support/node/administered.ts';
import {
  ASSERTION_TYPE,
  assertionOf,
  clientJwt,
  createSigningClient,
} from '../../support/node/assertions.ts';
import { type Fields, post, postToken, refusal, s256 } from '../../support/node/oauth-requests.ts';
import { nowSeconds } from '../../support/node/proofs.ts';
import { issuer } from '../../support/node/provider.ts';

const OWN = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
const ASK = { grant_type: 'client_credentials' };
/** The endpoints at which clients authenticate. */
const ENDPOINTS = [
  'token',
  'par',
  'introspect',
  'revoke',
  'device_authorization',
  'bc-authorize',
].map((name) => `/oauth2/${name}`);

let web: Administered;
let own: Administered;
let signer: Signer;
let signing: Administered;

beforeAll(async () => {
  web = await createClient(CONFIDENTIAL);
  own = await createClient({ ...OWN, token_endpoint_auth_method: 'client_secret_basic' });
  signer = await aSigner('ES256');
  signing = await createSigningClient(signer, OWN);
});

const basic = (text: string) => ({ authorization: `Basic ${btoa(text)}` });

/** @demands RFC 9700 §2.5: A client authenticates by the method that it registered. */
describe('clients prove who they are', () => {
  it.each(ENDPOINTS)('%s refuses a confidential client without its credentials', async (path) => {
    for (const form of [
      { client_id: web.clientId },
      { client_id: web.clientId, client_secret: 'wrong' },
      { client_id: signing.clientId },
      {},
    ]) {
      const answer = await post(path, { ...ASK, token: 'x', ...form });
      expect(refusal(answer)).toBe('401 invalid_client');
    }
  });

  it('an unknown client is answered like a wrong secret', async () => {
    const [forKnown, unknown] = await Promise.all(
      [web.clientId, 'nobody'].map((client_id) =>
        postToken({ ...ASK, client_id, client_secret: 'wrong' }),
      ),
    );
    expect(forKnown?.text).toBe(unknown?.text);
    expect(forKnown?.status).toBe(unknown?.status);
  });

  it('a client authenticates by the method that it registered, and no other', async () => {
    const app = await createClient(PUBLIC);
    const assertion = await assertionOf(signer, own);
    for (const form of [
      { client_id: app.clientId, client_secret: 'made up' },
      { client_id: signing.clientId, client_secret: 'made up' },
      { client_id: own.clientId, ...assertion },
    ]) {
      expect(refusal(await postToken({ ...ASK, ...form }))).toBe('401 invalid_client');
    }
  });

  it('a client authenticates in one way at a time (RFC 6749 §2.3)', async () => {
    const { clientId: client_id, clientSecret: client_secret } = own;
    const header = basic(`${client_id}:${client_secret}`);
    const twice = await postToken({ ...ASK, client_id, client_secret }, header);
    expect(refusal(twice)).toBe('400 invalid_request');
    const both = await postToken({ ...ASK, ...(await assertionOf(signer, own)) }, header);
    expect(refusal(both)).toBe('400 invalid_request');
    const other = await postToken({ ...ASK, client_id: web.clientId }, header);
    expect(refusal(other)).toBe('400 invalid_request');
  });
});

/** @demands RFC 6749 §2.3.1: HTTP Basic credentials have one spelling. */
describe('Basic credentials are decoded strictly (RFC 4648 §3)', () => {
  const text = () => `${own.clientId}:${own.clientSecret}`;

  it('the right Basic credentials are accepted', async () => {
    expect((await postToken(ASK, basic(text()))).status).toBe(200);
  });

  const SPELLINGS: readonly (readonly [string, (base64: string) => string])[] = [
    ['one character too many', (base64) => `${base64}A`],
    ['more padding', (base64) => `${base64}=`],
    ['no padding', (base64) => base64.replace(/=+$/, '')],
    ['white space within', (base64) => `${base64.slice(0, 8)} ${base64.slice(8)}`],
    ['a tab before it', (base64) => `\t${base64}`],
    ['another alphabet', (base64) => `${base64.slice(0, 4)}-_${base64.slice(6)}`],
    ['characters that are skipped', (base64) => `${base64.slice(0, 4)}!${base64.slice(4)}`],
    ['nothing', () => ''],
    ['a second value', (base64) => `${base64}, Basic ${base64}`],
    ['quotes', (base64) => `"${base64}"`],
  ];

  it.each(SPELLINGS)('Basic credentials with %s are refused', async (_what, spell) => {
    // The length of this identifier leads to padding, so that there is some to leave out.
    const padded = await createClient(
      { ...OWN, token_endpoint_auth_method: 'client_secret_basic' },
      { clientId: `c${crypto.randomUUID().slice(0, 7)}` },
    );
    const base64 = btoa(`${padded.clientId}:${padded.clientSecret}`);
    expect(base64).toMatch(/=$/);
    const answer = await postToken(ASK, { authorization: `Basic ${spell(base64)}` });
    expect(refusal(answer)).toBe('401 invalid_client');
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  it.each([
    ['no colon', () => 'nothing'],
    ['a broken escape', () => `${text()}%`],
    ['an escape that is none', () => `%zz${text()}`],
    ['an escape of half a character', () => `%c3${text()}`],
    ['a null byte', () => `${text()}%00`],
    ['a space behind it', () => `${text()} `],
  ])('Basic credentials that contain %s are refused', async (_what, make) => {
    expect(refusal(await postToken(ASK, basic(make())))).toBe('401 invalid_client');
  });

  it('Basic credentials that are not UTF-8 are refused', async () => {
    const authorization = `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}`;
    expect(refusal(await postToken(ASK, { authorization }))).toBe('401 invalid_client');
  });

  it('a scheme other than Basic authenticates no client', async () => {
    for (const scheme of ['Bearer', 'Digest', 'Negotiate', 'Basicx']) {
      const authorization = `${scheme} ${btoa(text())}`;
      expect(refusal(await postToken(ASK, { authorization }))).toBe('401 invalid_client');
    }
  });
});

/**
 * @demands RFC 9700 §2.5: A client assertion is for one use, for one server and for a short time
 *   (RFC 7523 §3).
 */
describe('client assertions are for one use, one server and a short time', () => {
  const present = async (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
    refusal(await postToken({ ...ASK, ...(await assertionOf(signer, signing, claims, header)) }));

  it('a client assertion without a fault is accepted', async () => {
    expect((await postToken({ ...ASK, ...(await assertionOf(signer, signing)) })).status).toBe(200);
  });

  /**
   * @demands RFC 9700 §2.5: A client assertion is for one use…
   * @demands RFC 7519 §4.1.3: Each member of an audience is a string and names this server.
   */
  it.each([
    ['for another server', () => ({ aud: 'https://other.example.test' })],
    ['for this server and another', () => ({ aud: [issuer(), 'https://other.example.test'] })],
    ['for nobody', () => ({ aud: [] })],
    ['without an audience', () => ({ aud: undefined })],
    ['whose audience is an object', () => ({ aud: { 0: issuer() } })],
    ['whose audiences are in an array in an array', () => ({ aud: [[issuer()]] })],
    ['with an audience that is no string', () => ({ aud: [issuer(), 1] })],
    ['with an audience with a slash more', () => ({ aud: `${issuer()}/` })],
    ['with an audience in another case', () => ({ aud: issuer().toUpperCase() })],
    ['for another endpoint', () => ({ aud: `${issuer()}/oauth2/introspect` })],
    ['of another issuer', () => ({ iss: own.clientId })],
    ['without an issuer', () => ({ iss: undefined })],
    ['of another client', () => ({ sub: own.clientId })],
    ['without a subject', () => ({ sub: undefined })],
    ['without an end', () => ({ exp: undefined })],
    ['that has expired', () => ({ exp: nowSeconds() - 1 })],
    ['that is good for two hours', () => ({ exp: nowSeconds() + 7_200 })],
    ['whose end is a string', () => ({ exp: String(nowSeconds() + 60) })],
    ['from the future', () => ({ iat: nowSeconds() + 61 })],
    ['for the future', () => ({ nbf: nowSeconds() + 61 })],
    ['without an id', () => ({ jti: undefined })],
    ['with an empty id', () => ({ jti: '' })],
    ['with an id that is no string', () => ({ jti: 7 })],
  ])('a client assertion %s is refused', async (_what, claims) => {
    expect(await present(claims())).toBe('401 invalid_client');
  });

  it('a client assertion is accepted once, wherever it is presented', async () => {
    const form = await assertionOf(signer, signing);
    expect((await postToken({ ...ASK, ...form })).status).toBe(200);
    expect(refusal(await postToken({ ...ASK, ...form }))).toBe('401 invalid_client');
    const elsewhere = await post('/oauth2/introspect', { token: 'x', ...form });
    expect(refusal(elsewhere)).toBe('401 invalid_client');
  });

  it('a client assertion that is used five times at once is accepted once', async () => {
    const form = await assertionOf(signer, signing);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => postToken({ ...ASK, ...form })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each([
    ['none', { alg: 'none' }],
    ['none in another case', { alg: 'None' }],
    ['a secret', { alg: 'HS256' }],
    ['an algorithm that is not the key’s', { alg: 'ES384' }],
    ['no algorithm', { alg: undefined }],
    ['an unknown extension', { crit: ['exp'] }],
    ['an unencoded payload', { b64: false }],
    ['the key of another', { kid: 'another' }],
    ['a key that it brings along', { jwk: {} }],
    ['the address of a key', { jku: 'https://evil.example/jwks' }],
    ['a certificate', { x5c: ['AA=='] }],
    ['the address of a certificate', { x5u: 'https://evil.example/x5u' }],
  ])(
    'a client assertion whose header asks for %s is refused (RFC 8725 §3)',
    async (_what, header) => {
      expect(await present({}, header)).toBe('401 invalid_client');
    },
  );

  it('a client assertion with the public key as its HMAC secret is refused (RFC 8725 §2.1)', async () => {
    const header = segment({ alg: 'HS256', kid: signer.kid });
    const now = nowSeconds();
    const { clientId: iss } = signing;
    const claims = segment({ iss, sub: iss, aud: issuer(), exp: now + 60, jti: 'one' });
    const key = await crypto.subtle.importKey(
      'raw',
      Buffer.from(JSON.stringify(signer.jwk)),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const mac = await crypto.subtle.sign('HMAC', key, Buffer.from(`${header}.${claims}`));
    const client_assertion = `${header}.${claims}.${Buffer.from(mac).toString('base64url')}`;
    const form = { client_assertion_type: ASSERTION_TYPE, client_assertion };
    expect(refusal(await postToken({ ...ASK, ...form }))).toBe('401 invalid_client');
  });

  it('a client assertion signed by another key under the kid of the client’s key is refused', async () => {
    const stranger = { ...(await aSigner('ES256')), kid: signer.kid };
    const form = await assertionOf(stranger, signing);
    expect(refusal(await postToken({ ...ASK, ...form }))).toBe('401 invalid_client');
  });

  it('a client assertion that contains a claim twice is refused', async () => {
    const { clientId } = signing;
    const rest = `"aud":"${issuer()}","exp":${nowSeconds() + 60},"jti":"${s256(clientId)}"`;
    const text = `{"iss":"${clientId}","sub":"${own.clientId}","sub":"${clientId}",${rest}}`;
    const client_assertion = await forge(signer, { alg: 'ES256', kid: signer.kid }, text);
    const form = { client_assertion_type: ASSERTION_TYPE, client_assertion };
    expect(refusal(await postToken({ ...ASK, ...form }))).toBe('401 invalid_client');
  });

  it.each([
    [
      'of another type',
      { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
    ],
    ['without a type', { client_assertion_type: undefined }],
    ['that is missing', { client_assertion: undefined }],
    ['that is no JWT', { client_assertion: 'not.a.jwt' }],
  ] satisfies [string, Fields][])(
    'authentication by an assertion %s is refused',
    async (_what, change) => {
      const form = { ...(await assertionOf(signer, signing)), ...change };
      expect(refusal(await postToken({ ...ASK, ...form }))).toBe('401 invalid_client');
    },
  );

  it('a request object is refused as a client assertion', async () => {
    const client_assertion = await clientJwt(
      signer,
      signing,
      { client_id: signing.clientId, response_type: 'code' },
      { typ: 'oauth-authz-req+jwt' },
    );
    const form = { client_assertion_type: ASSERTION_TYPE, client_assertion };
    expect(refusal(await postToken({ ...ASK, ...form }))).toBe('401 invalid_client');
  });
});

/** @demands RFC 7515 §2: A compact JWT has one spelling. */
describe('compact JWTs have one spelling (RFC 7515 §3.1)', () => {
  const SPELLINGS: readonly (readonly [string, (jwt: string) => string])[] = [
    ['white space before it', (jwt) => ` ${jwt}`],
    ['a line feed behind it', (jwt) => `${jwt}\n`],
    ['white space within', (jwt) => jwt.replace('.', ' .')],
    ['padding', (jwt) => `${jwt}=`],
    ['padding of the header', (jwt) => jwt.replace('.', '=.')],
    ['the alphabet of base64', (jwt) => jwt.replaceAll('-', '+').replaceAll('_', '/')],
    ['other spare bits', otherSpareBits],
    ['a fourth part', (jwt) => `${jwt}.`],
    ['two parts', (jwt) => jwt.split('.').slice(0, 2).join('.')],
    ['no signature', (jwt) => jwt.replace(/[^.]*$/, '')],
    ['characters that are skipped', (jwt) => jwt.replace('.', '%.')],
    ['the JSON serialization', inJson],
  ];

  /** Changes the four bits of the last character that belong to none of the 64 bytes. */
  function otherSpareBits(jwt: string): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return jwt.slice(0, -1) + alphabet[alphabet.indexOf(jwt.at(-1) ?? '') + 1];
  }

  function inJson(jwt: string): string {
    const [header, payload, signature] = jwt.split('.');
    return JSON.stringify({ protected: header, payload, signature });
  }

  it.each(SPELLINGS)('a client assertion with %s is refused', async (_what, spell) => {
    const { client_assertion, ...type } = await assertionWithAll64Characters();
    const answer = await postToken({
      ...ASK,
      ...type,
      client_assertion: spell(client_assertion),
    });
    expect(refusal(answer)).toBe('401 invalid_client');
  });

  /** Tries again if the assertion has neither of the two characters in which the alphabets differ. */
  async function assertionWithAll64Characters(): ReturnType<typeof assertionOf> {
    const form = await assertionOf(signer, signing);
    return /[-_]/.test(form.client_assertion) ? form : assertionWithAll64Characters();
  }
});
