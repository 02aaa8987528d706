import { beforeAll, describe, expect, it } from 'vitest';

import { toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { verifyAccessToken } from '../../../../shared/tokens/access-token.ts';
import {
  isJwsAlgorithm,
  JWS_ALGORITHMS,
  type JwsAlgorithm,
} from '../../../../shared/tokens/algorithms.ts';
import { type TokenError, toErrorCode } from '../../../../shared/tokens/token-error.ts';
import {
  importJwkSet,
  type VerificationKeys,
} from '../../../../shared/tokens/verification-keys.ts';
import {
  anAccessToken,
  aSigner,
  forge,
  goodClaims,
  goodHeader,
  ISSUER,
  jwkSet,
  NOW,
  NOW_SECONDS,
  type Signer,
  segment,
} from '../../../support/jws-forge.ts';

const everyAlgorithm = JWS_ALGORITHMS.filter(isJwsAlgorithm);
const policy = { issuer: ISSUER, algorithms: new Set<JwsAlgorithm>(everyAlgorithm) };

let signer: Signer;
let rsa: Signer;
let stranger: Signer;
let keys: VerificationKeys;

beforeAll(async () => {
  [signer, rsa, stranger] = await Promise.all([
    aSigner('ES256'),
    aSigner('RS256'),
    aSigner('ES256', 'kid-stranger'),
  ]);
  keys = await importJwkSet(jwkSet(signer, rsa));
});

const judge = (token: string, now = NOW) => verifyAccessToken(token, keys, policy, now);

async function refusal(token: string, now = NOW): Promise<TokenError | 'ACCEPTED'> {
  const result = await judge(token, now);
  return result.ok ? 'ACCEPTED' : result.error;
}

const withHeader = (header: object) =>
  forge(signer, { ...goodHeader(signer), ...header }, goodClaims);

describe('algorithms', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', 'HS256', 'HS512', 'ES256K', 'es256', 'constructor'])(
    'refuses alg %j',
    async (alg) => {
      const header = { ...goodHeader(signer), alg };
      expect(await refusal(await forge(signer, header, goodClaims))).toEqual({
        reason: 'algorithm_refused',
      });
      expect(await refusal(`${segment(header)}.${segment(goodClaims)}.`)).toEqual({
        reason: 'algorithm_refused',
      });
    },
  );

  it.each([undefined, null, 1, ['ES256'], { alg: 'ES256' }])('refuses alg %j', async (alg) => {
    expect(await refusal(await withHeader({ alg }))).toEqual({ reason: 'algorithm_refused' });
  });

  it('refuses an HMAC made with the public key as secret (RFC 8725 §2.1)', async () => {
    const secrets = [JSON.stringify(rsa.jwk), String(rsa.jwk['n'])];
    for (const secret of secrets) {
      const input = `${segment({ ...goodHeader(rsa), alg: 'HS256' })}.${segment(goodClaims)}`;
      const hmac = { name: 'HMAC', hash: 'SHA-256' };
      const key = await crypto.subtle.importKey('raw', utf8(secret), hmac, false, ['sign']);
      const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(input)));
      expect(await refusal(`${input}.${toBase64Url(mac)}`)).toEqual({
        reason: 'algorithm_refused',
      });
    }
  });

  it('uses a key with its own algorithm only', async () => {
    const asPss = { ...goodHeader(rsa), alg: 'PS256' };
    expect(await refusal(await forge(rsa, asPss, goodClaims))).toEqual({ reason: 'key_mismatch' });
  });

  it('refuses an algorithm that is not on the allow-list, even with a known key', async () => {
    const narrow = { issuer: ISSUER, algorithms: new Set<JwsAlgorithm>(['ES256']) };
    const result = await verifyAccessToken(await anAccessToken(rsa), keys, narrow, NOW);
    expect(result).toEqual({ ok: false, error: { reason: 'algorithm_refused' } });
  });
});

describe('headers', () => {
  it.each(['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'])('refuses %s', async (member) => {
    const value = member === 'jwk' ? stranger.jwk : 'https://evil.example/keys.json';
    expect(await refusal(await withHeader({ [member]: value }))).toEqual({
      reason: 'header_refused',
      member,
    });
  });

  it('never uses an embedded key: not even one with a known kid', async () => {
    const header = { ...goodHeader(signer), jwk: { ...stranger.jwk, kid: signer.kid } };
    expect(await refusal(await forge(stranger, header, goodClaims))).toMatchObject({
      reason: 'header_refused',
    });
  });

  it.each([undefined, null, 7, ['kid-ES256'], { kid: 'kid-ES256' }])(
    'refuses kid %j',
    async (kid) => {
      expect(await refusal(await withHeader({ kid }))).toEqual({
        reason: 'header_refused',
        member: 'kid',
      });
    },
  );

  it.each(['kid-none', '', '../../dev/null', '__proto__', 'constructor', "' OR 1=1 --"])(
    'does not know kid %j',
    async (kid) => {
      expect(await refusal(await withHeader({ kid }))).toEqual({ reason: 'key_unknown', kid });
    },
  );

  it('refuses a signature by another key under a known kid', async () => {
    expect(await refusal(await forge(stranger, goodHeader(signer), goodClaims))).toEqual({
      reason: 'signature_invalid',
    });
  });

  it.each([
    undefined,
    'JWT',
    'jwt',
    'id+jwt',
    'service+jwt',
    'at+jwt ',
    'xat+jwt',
    'application/x+at+jwt',
    1,
    null,
  ])('refuses typ %j: a token of another kind is no access token', async (typ) => {
    expect(await refusal(await withHeader({ typ }))).toEqual({ reason: 'type_refused' });
  });
});

const headerStart = () => `{"alg":"ES256","kid":"${signer.kid}","typ":"at+jwt"`;

describe('ambiguous JSON', () => {
  it.each([
    ',"alg":"ES256"}',
    ',"al\\u0067":"none"}',
    ',"x":{"y":1,"y":2}}',
    ',"x":[{"y":1, "y" : 2}]}',
  ])('refuses a header with a member twice: …%s', async (rest) => {
    expect(await refusal(await forge(signer, headerStart() + rest, goodClaims))).toEqual({
      reason: 'malformed',
      part: 'header',
    });
  });

  it.each(['"sub":"x",', '"\\u0073ub":"x",', '"exp":1,', '"__proto__":1,"__proto__":2,'])(
    'refuses claims with a member twice: %s…',
    async (first) => {
      const payload = `{${first}${JSON.stringify(goodClaims).slice(1)}`;
      expect(await refusal(await forge(signer, goodHeader(signer), payload))).toEqual({
        reason: 'malformed',
        part: 'payload',
      });
    },
  );

  it('takes nothing from __proto__ or constructor', async () => {
    const { sub: _, ...others } = goodClaims;
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const payload = `{"${name}":{"sub":"admin"},${JSON.stringify(others).slice(1)}`;
      expect(await refusal(await forge(signer, goodHeader(signer), payload))).toEqual({
        reason: 'claim_invalid',
        claim: 'sub',
      });
    }
    expect(Object.hasOwn(Object.prototype, 'sub')).toBe(false);
  });
});

describe('spelling', () => {
  it('refuses a token cut off at any length', async () => {
    const token = await anAccessToken(signer);
    const accepted: number[] = [];
    for (let length = 0; length < token.length; length += 1) {
      if ((await judge(token.slice(0, length))).ok) accepted.push(length);
    }
    expect(accepted).toEqual([]);
  });

  it.each([' ', '\n', '\t', '.', '=', '==', 'A', '.A', '\u0000', '%00', ',', '~'])(
    'refuses %j after, before and inside a token',
    async (extra) => {
      const token = await anAccessToken(signer);
      const dot = token.indexOf('.');
      const [before, after] = [token.slice(0, dot), token.slice(dot)];
      for (const spoilt of [token + extra, extra + token, `${before}${extra}${after}`]) {
        expect((await judge(spoilt)).ok).toBe(false);
      }
    },
  );

  it('refuses spare bits that are not zero', async () => {
    const token = await anAccessToken(signer);
    // 64 bytes end in one character with four spare bits: sixteen spellings, one of them right.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.at(-1) ?? '');
    for (let spare = 1; spare < 16; spare += 1) {
      expect(await refusal(token.slice(0, -1) + alphabet[last + spare])).toEqual({
        reason: 'malformed',
        part: 'signature',
      });
    }
  });

  it.each(['', '.', '..', '...', 'a', 'a.b', 'a.b.c.d', 'eyJhbGciOiJub25lIn0', '💥.💥.💥'])(
    'refuses %j',
    async (text) => {
      expect(await refusal(text)).toMatchObject({ reason: 'malformed' });
    },
  );

  it('refuses a fourth part by its structure, whatever it holds', async () => {
    const token = await anAccessToken(signer);
    for (const more of ['.', '.A', '.AAAA']) {
      expect(await refusal(token + more)).toEqual({ reason: 'malformed', part: 'structure' });
    }
  });

  it('refuses a token over 8 KiB before it decodes anything', async () => {
    const token = await anAccessToken(signer, { filler: 'x'.repeat(8_192) });
    expect(await refusal(token)).toEqual({ reason: 'oversized' });
    const roomy = { ...policy, maxLength: 16_384 };
    expect((await verifyAccessToken(token, keys, roomy, NOW)).ok).toBe(true);
  });

  it('refuses a DER signature, and raw ones of another length', async () => {
    const [header = '', payload = '', signature = ''] = (await anAccessToken(signer)).split('.');
    const raw = Uint8Array.fromBase64(signature, { alphabet: 'base64url' });
    const der = new Uint8Array([
      0x30,
      68,
      2,
      32,
      ...raw.subarray(0, 32),
      2,
      32,
      ...raw.subarray(32),
    ]);
    for (const other of [
      der,
      raw.subarray(0, 63),
      new Uint8Array([...raw, 0]),
      new Uint8Array(64),
    ]) {
      expect(await refusal(`${header}.${payload}.${toBase64Url(other)}`)).toEqual({
        reason: 'signature_invalid',
      });
    }
  });
});

describe('toErrorCode', () => {
  it('tells clients the kind of refusal, not the check that failed', async () => {
    const codes = new Map<string, string>();
    const tokens = {
      malformed: 'a.b.c',
      forged: await forge(stranger, goodHeader(signer), goodClaims),
      unknownKey: await anAccessToken(stranger),
      expired: await anAccessToken(signer, { exp: NOW_SECONDS }),
      early: await anAccessToken(signer, { nbf: NOW_SECONDS + 60 }),
      foreign: await anAccessToken(signer, { iss: 'https://other.example' }),
    };
    for (const [name, token] of Object.entries(tokens)) {
      const error = await refusal(token);
      if (error !== 'ACCEPTED') codes.set(name, toErrorCode(error));
    }
    expect(Object.fromEntries(codes)).toEqual({
      malformed: 'AUTH_TOKEN_MALFORMED',
      forged: 'AUTH_TOKEN_INVALID',
      unknownKey: 'AUTH_TOKEN_INVALID',
      expired: 'AUTH_TOKEN_EXPIRED',
      early: 'AUTH_TOKEN_NOT_YET_VALID',
      foreign: 'AUTH_CLAIMS_INVALID',
    });
  });
});
