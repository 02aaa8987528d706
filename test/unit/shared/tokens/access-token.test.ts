import { beforeAll, describe, expect, it } from 'vitest';

import { toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { isMeantFor, verifyAccessToken } from '../../../../shared/tokens/access-token.ts';
import {
  isJwsAlgorithm,
  JWS_ALGORITHMS,
  type JwsAlgorithm,
} from '../../../../shared/tokens/algorithms.ts';
import type { TokenError } from '../../../../shared/tokens/token-error.ts';
import {
  importJwkSet,
  type VerificationKeys,
} from '../../../../shared/tokens/verification-keys.ts';
import {
  anAccessToken,
  aSigner,
  forge,
  forgeBytes,
  goodClaims,
  goodHeader,
  ISSUER,
  jwkSet,
  NOW,
  NOW_SECONDS,
  type Signer,
} from '../../../support/jws-forge.ts';

const everyAlgorithm = JWS_ALGORITHMS.filter(isJwsAlgorithm);
const policy = { issuer: ISSUER, algorithms: new Set<JwsAlgorithm>(everyAlgorithm) };

let signer: Signer;
let rsa: Signer;
let keys: VerificationKeys;

beforeAll(async () => {
  [signer, rsa] = await Promise.all([aSigner('ES256'), aSigner('RS256')]);
  keys = await importJwkSet(jwkSet(signer, rsa));
});

const judge = (token: string, now = NOW) => verifyAccessToken(token, keys, policy, now);

async function refusal(token: string, now = NOW): Promise<TokenError | 'ACCEPTED'> {
  const result = await judge(token, now);
  return result.ok ? 'ACCEPTED' : result.error;
}

const withHeader = (header: object) =>
  forge(signer, { ...goodHeader(signer), ...header }, goodClaims);

describe('a good token', () => {
  it.each(everyAlgorithm)('is accepted when signed with %s', async (alg) => {
    const one = await aSigner(alg);
    const result = await verifyAccessToken(
      await anAccessToken(one),
      await importJwkSet(jwkSet(one)),
      policy,
      NOW,
    );
    expect(result).toMatchObject({
      ok: true,
      value: {
        principal: {
          subject: goodClaims.sub,
          sessionId: goodClaims.sid,
          clientId: 'sallyport',
          scopes: ['openid', 'profile'],
          roles: ['user'],
          tokenId: goodClaims.jti,
          expiresAt: goodClaims.exp,
        },
        audiences: [ISSUER],
        issuedAt: goodClaims.iat,
        claims: goodClaims,
      },
    });
  });

  it.each(['at+jwt', 'application/at+jwt', 'AT+JWT', 'Application/AT+jwt'])(
    'may have the typ %s (RFC 9068 §2.1)',
    async (typ) => {
      expect(await refusal(await withHeader({ typ }))).toBe('ACCEPTED');
    },
  );

  it('may name several audiences, and is meant for each (RFC 7519 §4.1.3)', async () => {
    const result = await judge(await anAccessToken(signer, { aud: ['a', 'b'] }));
    if (!result.ok) throw new Error('refused');
    expect(['a', 'b', 'ab', 'a,b', ''].map((one) => isMeantFor(result.value, one))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('says when and how the user signed in, and to which keys it is bound', async () => {
    const cnf = { jkt: 'a'.repeat(43), 'x5t#S256': 'b'.repeat(43) };
    expect(await judge(await anAccessToken(signer, { cnf }))).toMatchObject({
      value: { authTime: goodClaims.auth_time, acr: '1', principal: { confirmation: cnf } },
    });
    const plain = { auth_time: undefined, acr: undefined };
    const result = await judge(await anAccessToken(signer, plain));
    expect(result).toMatchObject({ ok: true, value: { authTime: undefined, acr: undefined } });
    expect(result.ok && Object.keys(result.value.principal)).not.toContain('confirmation');
  });

  it('may have no session (RFC 6749 §4.4)', async () => {
    const token = await anAccessToken(signer, { sid: undefined, sub: 'client-1' });
    expect(await judge(token)).toMatchObject({
      value: { principal: { subject: 'client-1', sessionId: null } },
    });
  });

  it('is not misled by escapes, nested objects and names that only look alike', async () => {
    const payload = `{"x":{"iss":1},"y":[{"a":1},{"a":2}],"\\u0069ss":"${ISSUER}",${JSON.stringify({ ...goodClaims, iss: undefined }).slice(1)}`;
    expect(await refusal(await forge(signer, goodHeader(signer), payload))).toBe('ACCEPTED');
  });
});

describe('payloads', () => {
  it.each(['', '[]', '"text"', '1', 'null', 'true', '{', '{"a":1}x', '\uFEFF{}', '{"a":1e400}'])(
    'refuses %j',
    async (payload) => {
      expect(await refusal(await forge(signer, goodHeader(signer), payload))).toEqual({
        reason: 'malformed',
        part: 'payload',
      });
    },
  );

  it('refuses what is not UTF-8', async () => {
    const bytes = new Uint8Array([...utf8('{"a":"'), 0xff, 0xfe, ...utf8('"}')]);
    expect(await refusal(await forgeBytes(signer, goodHeader(signer), bytes))).toEqual({
      reason: 'malformed',
      part: 'payload',
    });
  });

  it.each<[string, unknown]>([
    ['iss', undefined],
    ['iss', ''],
    ['sub', undefined],
    ['sub', 7],
    ['sub', ''],
    ['sub', 'a\nx-role: admin'],
    ['sub', 'é'],
    ['aud', undefined],
    ['aud', []],
    ['aud', ['a', 1]],
    ['aud', { 0: ISSUER }],
    ['exp', undefined],
    ['exp', String(NOW_SECONDS + 900)],
    ['exp', null],
    ['exp', true],
    ['exp', [NOW_SECONDS + 900]],
    ['exp', -1],
    ['exp', 1e300],
    ['iat', undefined],
    ['iat', 'now'],
    ['iat', NOW_SECONDS + 901],
    ['nbf', 'now'],
    ['jti', undefined],
    ['client_id', undefined],
    ['client_id', ['sallyport']],
    ['sid', ''],
    ['sid', null],
    ['sid', {}],
    ['scope', ['openid']],
    ['scope', 'a  b'],
    ['scope', 'a\tb'],
    ['roles', 'admin'],
    ['roles', [1]],
    ['roles', ['a b']],
    ['auth_time', 'now'],
    ['acr', 1],
    ['acr', ''],
    ['cnf', null],
    ['cnf', {}],
    ['cnf', []],
    ['cnf', 'jkt'],
    ['cnf', { jkt: '' }],
    ['cnf', { jkt: ['a'.repeat(43)] }],
    ['cnf', { jkt: 'a'.repeat(42) }],
    ['cnf', { jkt: 'a'.repeat(43), jwk: {} }],
    ['cnf', { kid: 'a'.repeat(43) }],
    ['cnf', { 'x5t#S256': `${'a'.repeat(43)}=` }],
  ])('refuses %s %j', async (claim, value) => {
    expect(await refusal(await anAccessToken(signer, { [claim]: value }))).toEqual({
      reason: 'claim_invalid',
      claim,
    });
  });

  it.each([`${ISSUER}/`, ISSUER.toUpperCase(), `${ISSUER}.evil.test`, 'https://id.example'])(
    'refuses the issuer %s',
    async (iss) => {
      expect(await refusal(await anAccessToken(signer, { iss }))).toEqual({
        reason: 'issuer_mismatch',
      });
    },
  );
});

describe('time', () => {
  it('expires at exp, to the millisecond, without tolerance', async () => {
    const token = await anAccessToken(signer);
    expect(await refusal(token, goodClaims.exp * 1_000 - 1)).toBe('ACCEPTED');
    expect(await refusal(token, goodClaims.exp * 1_000)).toEqual({
      reason: 'expired',
      expiredAt: goodClaims.exp,
    });
  });

  it.each(['nbf', 'iat'] as const)('tolerates %s five seconds ahead, not more', async (claim) => {
    const ahead = (by: number) => anAccessToken(signer, { [claim]: NOW_SECONDS + by });
    expect(await refusal(await ahead(5))).toBe('ACCEPTED');
    expect(await refusal(await ahead(6))).toEqual({ reason: 'not_yet_valid', claim });
  });
});

describe('keys', () => {
  it('leaves out RSA keys below 2048 bits', async () => {
    const small = await aSigner('RS256', 'small', 1_024);
    expect([...(await importJwkSet(jwkSet(small, signer))).keys()]).toEqual([signer.kid]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['another use', { use: 'enc' }],
    ['other operations', { key_ops: ['sign'] }],
    ['no algorithm', { alg: undefined }],
    ['an unknown algorithm', { alg: 'ES256K' }],
    ['no kid', { kid: undefined }],
    ['another curve', { crv: 'P-384' }],
    ['another type', { kty: 'OKP' }],
    ['a point off the curve', { x: toBase64Url(new Uint8Array(32).fill(7)) }],
  ])('leaves out a key with %s', async (_, change) => {
    expect((await importJwkSet({ keys: [{ ...signer.jwk, ...change }] })).size).toBe(0);
  });

  it.each<[string, unknown]>([
    ['two keys of one kid', () => [signer.jwk, { ...rsa.jwk, kid: signer.kid }]],
    ['a private key', () => [{ ...signer.jwk, d: 'AAAA' }]],
    ['a secret key', () => [{ kty: 'oct', k: 'AAAA', kid: 'x', alg: 'HS256' }]],
  ])('refuses a set with %s', async (_, make) => {
    await expect(importJwkSet({ keys: (make as () => unknown)() })).rejects.toThrow(TypeError);
  });

  it.each([undefined, null, [], 'keys', {}, { keys: {} }])('refuses the set %j', async (set) => {
    await expect(importJwkSet(set)).rejects.toThrow('Cannot import the key set');
  });
});
