import { calculateJwkThumbprint } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';

import { toBase64Url } from '../../../../shared/bytes.ts';
import {
  type DpopProofError,
  type DpopRequest,
  proofId,
  verifyDpopProof,
} from '../../../../shared/oauth/dpop-proof.ts';
import { DPOP_ALGORITHMS } from '../../../../shared/oauth/dpop-signature.ts';
import { jwkThumbprint } from '../../../../shared/tokens/jwk-thumbprint.ts';
import {
  aProof,
  aProver,
  ath,
  type Prover,
  proofClaims,
  proofHeader,
} from '../../../support/dpop-forge.ts';
import { forge, NOW_SECONDS, segment } from '../../../support/jws-forge.ts';

const TARGET = 'https://id.example.test/api/v1/auth/profile';
const ACCESS_TOKEN = 'a.b.c';

let prover: Prover;
let stranger: Prover;

beforeAll(async () => {
  [prover, stranger] = await Promise.all([aProver(), aProver()]);
});

const claimsWith = (claims: object = {}) => proofClaims('GET', TARGET, claims);
const proofWith = (claims: object = {}) => aProof(prover, claimsWith(claims));
const proofHeaded = (header: object) =>
  aProof(prover, claimsWith(), { ...proofHeader(prover), ...header });

async function refusal(
  proof: string,
  request: Partial<DpopRequest> = {},
): Promise<DpopProofError | 'ACCEPTED'> {
  const result = await verifyDpopProof({ proof, method: 'GET', url: TARGET, ...request });
  return result.ok ? 'ACCEPTED' : result.error;
}

describe('a good proof', () => {
  it.each(DPOP_ALGORITHMS)('is accepted when signed with %s', async (alg) => {
    const one = await aProver(alg);
    const claims = claimsWith({ nonce: 'n1' });
    const proof = await aProof(one, claims);
    const result = await verifyDpopProof({ proof, method: 'GET', url: TARGET });
    expect(result).toEqual({
      ok: true,
      value: { jkt: one.jkt, jti: claims.jti, nonce: 'n1', issuedAt: NOW_SECONDS },
    });
    expect(one.jkt).toBe(await calculateJwkThumbprint(one.jwk, 'sha256'));
  });

  it('names the example key of RFC 9449 §6.1 by its thumbprint', async () => {
    const jwk = {
      kty: 'EC',
      x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
      y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
      crv: 'P-256',
    };

    expect(await jwkThumbprint(jwk)).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
  });

  it('may carry other claims and a key with more members', async () => {
    const header = { jwk: { ...prover.jwk, alg: 'ES256', use: 'sig', kid: 'mine' } };
    const proof = await aProof(prover, claimsWith({ exp: 1, x: [1] }), {
      ...proofHeader(prover),
      ...header,
    });
    expect(await refusal(proof)).toBe('ACCEPTED');
  });
});

describe('RFC 9449 §4.3', () => {
  it('check 1: refuses two proofs in one header', async () => {
    const proof = await proofWith();
    for (const two of [
      `${proof}, ${await proofWith()}`,
      `${proof},${proof}`,
      `${proof} ${proof}`,
    ]) {
      expect(await refusal(two)).toMatchObject({ reason: 'malformed' });
    }
  });

  it('check 2: refuses a text that is not a well-formed JWT', async () => {
    const proof = await proofWith();
    const [header = '', payload = '', signature = ''] = proof.split('.');
    for (const text of [
      '',
      'x',
      `${header}.${payload}`,
      `${proof}.`,
      `${proof}=`,
      ` ${proof}`,
      `${header}.${payload}.${signature}\n`,
      `${header}.${payload}+.${signature}`,
      'x'.repeat(9_000),
    ]) {
      expect(await refusal(text)).not.toBe('ACCEPTED');
    }
    expect(await refusal(await aProof(prover, '[]'))).toEqual({
      reason: 'malformed',
      part: 'payload',
    });
  });

  it('check 2: refuses a member named twice, wherever it is', async () => {
    const twice = JSON.stringify(claimsWith()).replace('{', '{"htm":"POST",');
    expect(await refusal(await aProof(prover, twice))).toMatchObject({ reason: 'malformed' });
    const header = JSON.stringify(proofHeader(prover)).replace('{', '{"typ":"JWT",');
    const proof = await aProof(prover, claimsWith(), header);
    expect(await refusal(proof)).toMatchObject({ reason: 'malformed', part: 'header' });
  });

  it.each(['jti', 'htm', 'htu', 'iat'])('check 3: refuses a proof without %s', async (claim) => {
    expect(await refusal(await proofWith({ [claim]: undefined }))).toEqual({
      reason: 'claim_invalid',
      claim,
    });
  });

  it.each<[string, unknown]>([
    ['jti', ''],
    ['jti', 7],
    ['jti', ['a']],
    ['jti', 'x'.repeat(256)],
    ['htm', 1],
    ['htm', ['GET']],
    ['htu', 1],
    ['htu', null],
    ['htu', [TARGET]],
    ['htu', { href: TARGET }],
    ['iat', String(NOW_SECONDS)],
    ['iat', null],
    ['iat', [NOW_SECONDS]],
    ['nonce', 1],
    ['nonce', null],
  ])('check 3: refuses %s %j', async (claim, value) => {
    expect(await refusal(await proofWith({ [claim]: value }))).toEqual({
      reason: 'claim_invalid',
      claim,
    });
  });

  it.each([undefined, 'JWT', 'at+jwt', 'DPOP+JWT', 'application/dpop+jwt', 'dpop+jwt ', 1, null])(
    'check 4: refuses typ %j',
    async (typ) => {
      expect(await refusal(await proofHeaded({ typ }))).toEqual({ reason: 'type_refused' });
    },
  );

  it.each([undefined, 'none', 'HS256', 'es256', 'ES384', 'RS1', 1, ['ES256']])(
    'check 5: refuses alg %j',
    async (alg) => {
      expect(await refusal(await proofHeaded({ alg }))).toEqual({ reason: 'algorithm_refused' });
    },
  );

  it('check 6: refuses a signature by another key, or none', async () => {
    const claims = claimsWith();
    const foreign = await aProof(stranger, claims, proofHeader(prover));
    expect(await refusal(foreign)).toEqual({ reason: 'signature_invalid' });
    const unsigned = `${segment(proofHeader(prover))}.${segment(claims)}.`;
    expect(await refusal(unsigned)).toEqual({ reason: 'signature_invalid' });
  });

  it('check 7: refuses a private key, a secret, and no key', async () => {
    const { d } = (await crypto.subtle.exportKey('jwk', prover.signer.privateKey)) as JsonWebKey;
    for (const jwk of [
      undefined,
      null,
      'key',
      [prover.jwk],
      {},
      { ...prover.jwk, d },
      { ...prover.jwk, d: '' },
      { kty: 'oct', k: 'AAAA' },
      { ...prover.jwk, k: 'AAAA' },
      { ...prover.jwk, kty: 'oct' },
      { ...prover.jwk, y: undefined },
      { ...prover.jwk, x: `${String(prover.jwk['x'])}=` },
      { ...prover.jwk, x: toBase64Url(new Uint8Array(32).fill(7)) },
      { ...prover.jwk, crv: 'P-384' },
      { ...prover.jwk, alg: 'ES384' },
      { ...prover.jwk, use: 'enc' },
      { ...prover.jwk, key_ops: ['sign'] },
    ]) {
      expect([jwk, await refusal(await proofHeaded({ jwk }))]).toEqual([
        jwk,
        { reason: 'key_refused' },
      ]);
    }
  });

  it('check 7: refuses an RSA key below 2048 bits', async () => {
    const weak = await aProver('PS256', 1_024);
    expect(await refusal(await aProof(weak, claimsWith()))).toEqual({ reason: 'key_refused' });
  });

  it.each(['jku', 'x5u', 'x5c', 'crit', 'b64'])('refuses %s in the header', async (member) => {
    expect(await refusal(await proofHeaded({ [member]: ['x'] }))).toEqual({
      reason: 'header_refused',
      member,
    });
  });

  it.each(['POST', 'get', 'Get', 'GET ', ''])('check 8: refuses htm %j', async (htm) => {
    expect(await refusal(await proofWith({ htm }))).toEqual({ reason: 'method_mismatch' });
  });

  it.each([
    TARGET,
    `${TARGET}?a=b`,
    `${TARGET}#fragment`,
    `${TARGET}?a=b#c`,
    'HTTPS://ID.EXAMPLE.TEST/api/v1/auth/profile',
    'https://id.example.test:443/api/v1/auth/profile',
    'https://id.example.test/api/./v1/x/../auth/profile',
    'https://id.example.test/api/v1/auth/%70rofile',
  ])('check 9: takes htu %s', async (htu) => {
    expect(await refusal(await proofWith({ htu }))).toBe('ACCEPTED');
  });

  it.each([
    'https://id.example.test/api/v1/auth/profile/',
    'https://id.example.test/api/v1/auth/Profile',
    'https://id.example.test//api/v1/auth/profile',
    'https://id.example.test',
    'http://id.example.test/api/v1/auth/profile',
    'https://id.example.test:8443/api/v1/auth/profile',
    'https://evil.test/api/v1/auth/profile',
    'https://id.example.test.evil.test/api/v1/auth/profile',
    'https://id.example.test/api/v1%2Fauth/profile',
  ])('check 9: refuses htu %s', async (htu) => {
    expect(await refusal(await proofWith({ htu }))).toEqual({ reason: 'url_mismatch' });
  });

  it.each([
    '',
    '/api/v1/auth/profile',
    '//id.example.test/api/v1/auth/profile',
    'id.example.test/api/v1/auth/profile',
    'https:id.example.test/api/v1/auth/profile',
    'https:///id.example.test/api/v1/auth/profile',
    'https:\\\\id.example.test/api/v1/auth/profile',
    'https://id.example.test\\api/v1/auth/profile',
    'https://user@id.example.test/api/v1/auth/profile',
    'https://@id.example.test/api/v1/auth/profile',
    ' https://id.example.test/api/v1/auth/profile',
    'https://id.example.test/api/v1/auth/profile\n',
    'https://id.example.test/api/\tv1/auth/profile',
    'https://id.example.test/api/v1/auth/%7profile',
    'https://id.example.test/api/v1/auth/profilé',
    'https://id.example.test:99999/api/v1/auth/profile',
    'https://[id.example.test/api/v1/auth/profile',
    'ftp://id.example.test/api/v1/auth/profile',
    'javascript://id.example.test/api/v1/auth/profile',
  ])('check 9: refuses htu %j, which is no absolute http(s) URI', async (htu) => {
    expect(await refusal(await proofWith({ htu }))).toEqual({
      reason: 'claim_invalid',
      claim: 'htu',
    });
  });

  it('check 12: refuses a proof that names no or another access token', async () => {
    const good = { ath: await ath(ACCESS_TOKEN) };
    expect(await refusal(await proofWith(good), { accessToken: ACCESS_TOKEN })).toBe('ACCEPTED');
    expect(await refusal(await proofWith(good))).toBe('ACCEPTED');
    for (const claims of [
      {},
      { ath: '' },
      { ath: null },
      { ath: [good.ath] },
      { ath: `${good.ath}=` },
      { ath: await ath('other') },
    ]) {
      const proof = await proofWith(claims);
      expect(await refusal(proof, { accessToken: ACCESS_TOKEN })).toEqual({
        reason: 'access_token_mismatch',
      });
    }
  });

  it('refuses every proof if the expected URL is invalid', async () => {
    expect(await refusal(await proofWith(), { url: 'nowhere' })).toEqual({
      reason: 'url_mismatch',
    });
  });

  it('does not accept an access token as a proof', async () => {
    const token = await forge(
      prover.signer,
      { ...proofHeader(prover), typ: 'at+jwt' },
      claimsWith(),
    );
    expect(await refusal(token)).toEqual({ reason: 'type_refused' });
  });
});

describe('proofId', () => {
  it('differs by key and by jti', async () => {
    const ids = await Promise.all([
      proofId({ jkt: 'a', jti: 'b' }),
      proofId({ jkt: 'a', jti: 'c' }),
      proofId({ jkt: 'b', jti: 'b' }),
      proofId({ jkt: 'a', jti: 'b' }),
    ]);
    expect(new Set(ids).size).toBe(3);
    expect(ids.every((id) => /^[\w-]{43}$/.test(id))).toBe(true);
  });
});
