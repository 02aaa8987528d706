import * as fc from 'fast-check';
import { calculateJwkThumbprint, createLocalJWKSet, errors, type JWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';

import {
  generateSigningKey,
  unwrapPrivateKey,
} from '../../../durable-objects/key-ring/signing-key.ts';
import { fromUtf8, randomBytes } from '../../../shared/bytes.ts';
import {
  JWT_TYPES,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from '../../../shared/contracts/keys/keys-rpc.ts';
import { type JwsPolicy, verifyJws } from '../../../shared/tokens/jws.ts';
import { rsaSignatureLength } from '../../../shared/tokens/rsa-key.ts';
import { importJwkSet } from '../../../shared/tokens/verification-keys.ts';
import { perAlgorithm } from '../../../workers/keys/rings.ts';
import { SigningFailed, signJwt } from '../../../workers/keys/sign-jwt.ts';
import { Signer } from '../../../workers/keys/signer.ts';

const KEK = randomBytes(32);
const NOW = Date.UTC(2030, 0, 1);
const RETENTION = 86_400_000;
const POLICY: JwsPolicy = { algorithms: new Set(SIGNING_ALGORITHMS), maxLength: 1e6 };

const keys = await Promise.all(SIGNING_ALGORITHMS.map((alg) => generateSigningKey(KEK, alg)));
const jwks = { keys: keys.map(({ publicJwk }) => publicJwk) };
const keyOf = (alg: SigningAlgorithm) => keys.filter((key) => key.alg === alg);
const kidOf = (alg: SigningAlgorithm) => keyOf(alg)[0]?.kid;

function aSigner(alg: SigningAlgorithm): Signer {
  const [signing] = keyOf(alg);
  if (signing === undefined) throw new Error('Cannot sign');
  return new Signer({
    alg,
    clock: () => NOW,
    maxAge: 30_000,
    snapshot: async () => ({ signing }),
    unwrap: ({ kid, wrapped }) => unwrapPrivateKey(KEK, { alg, kid }, wrapped),
  });
}
const deps = { signers: perAlgorithm(aSigner), clock: () => NOW, retention: RETENTION };

const typ = fc.constantFrom(...JWT_TYPES);
const claims = fc.dictionary(
  fc
    .string({ unit: 'grapheme' })
    .filter((name) => !['__proto__', 'exp', 'nbf', 'iat', 'iss', 'sub', 'aud'].includes(name)),
  fc.jsonValue(),
);

describe.each(SIGNING_ALGORITHMS)('signJwt with %s', (alg) => {
  it('signs what jose and our own verifier verify, for every type and claim', async () => {
    const joseKeys = createLocalJWKSet(jwks);
    const ownKeys = await importJwkSet(jwks);
    await fc.assert(
      fc.asyncProperty(typ, claims, async (type, body) => {
        const token = await signJwt(deps, { typ: type, alg, claims: body });
        const { payload, protectedHeader } = await jwtVerify(token, joseKeys, { typ: type });
        const header = { alg, typ: type, kid: kidOf(alg) };
        expect(protectedHeader).toEqual(header);
        expect(payload).toEqual(JSON.parse(JSON.stringify(body)));

        const own = await verifyJws(token, ownKeys, POLICY);
        if (!own.ok) throw new Error(`Cannot verify: ${own.error.reason}`);
        expect(own.value.header).toEqual(header);
        expect(JSON.parse(fromUtf8(own.value.payload))).toEqual(payload);
      }),
      { numRuns: 100 },
    );
  });

  it('makes what does not verify once any character is another', async () => {
    const joseKeys = createLocalJWKSet(jwks);
    const ownKeys = await importJwkSet(jwks);
    const token = await signJwt(deps, { typ: 'JWT', alg, claims: { sub: 'someone' } });
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 2), async (at) => {
        const other = token[at] === 'A' ? 'B' : 'A';
        const forged = token.slice(0, at) + other + token.slice(at + 1);
        const failure = await jwtVerify(forged, joseKeys).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(errors.JOSEError);
        expect((await verifyJws(forged, ownKeys, POLICY)).ok).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  it('[KR16] asks the ring of that algorithm and no other', async () => {
    const algorithms: SigningAlgorithm[] = [];
    const signers = perAlgorithm((one) => ({
      key: () => {
        algorithms.push(one);
        return deps.signers[one].key();
      },
    }));
    await signJwt({ ...deps, signers }, { typ: 'JWT', alg, claims: {} });
    expect(algorithms).toEqual([alg]);
  });
});

it('signs with ES256 where no algorithm is named', async () => {
  const token = await signJwt(deps, { typ: 'at+jwt', claims: {} });
  const verified = await jwtVerify(token, createLocalJWKSet(jwks));
  expect(verified.protectedHeader).toMatchObject({ alg: 'ES256', kid: kidOf('ES256') });
});

const REQUIRED = {
  ES256: { kty: 'EC', crv: 'P-256', x: expect.any(String), y: expect.any(String) },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', x: expect.any(String) },
  RS256: { kty: 'RSA', n: expect.any(String), e: 'AQAB' },
  PS256: { kty: 'RSA', n: expect.any(String), e: 'AQAB' },
};

describe.each(SIGNING_ALGORITHMS)('a key of %s', (alg) => {
  it('[KR4] [KR16] is named by the thumbprint that jose computes, and shows nothing private', async () => {
    for (let n = 0; n < 5; n += 1) {
      const key = await generateSigningKey(KEK, alg);
      const { kid, publicJwk } = key;
      expect(key.alg).toBe(alg);
      expect(kid).toBe(await calculateJwkThumbprint(publicJwk as JWK));
      expect(publicJwk).toEqual({ ...REQUIRED[alg], kid, alg, use: 'sig' });
    }
  });
});

it.each(['RS256', 'PS256'] as const)('a key of %s has 2048 bits (RFC 7518 §3.3)', (alg) => {
  for (const { publicJwk } of keyOf(alg)) {
    expect(rsaSignatureLength(publicJwk.n, publicJwk.e)).toBe(256);
  }
});

it('refuses a token that would outlive its key, and signs one that just does not', async () => {
  const last = (NOW + RETENTION) / 1_000;
  const sign = (exp: unknown) => signJwt(deps, { typ: 'at+jwt', claims: { exp } });
  await expect(sign(last)).resolves.toBeTypeOf('string');
  await expect(sign(last + 1)).rejects.toThrow('raise LONGEST_TOKEN_SECONDS');
});

it.each([
  ['nothing', undefined],
  ['another typ', { typ: 'dpop+jwt', claims: {} }],
  ['no typ', { claims: {} }],
  ['an algorithm without a ring', { typ: 'JWT', alg: 'ES384', claims: {} }],
  ['no signature (RFC 8725 §3.2)', { typ: 'JWT', alg: 'none', claims: {} }],
  ['an algorithm that every object has', { typ: 'JWT', alg: 'constructor', claims: {} }],
  ['an algorithm that is null', { typ: 'JWT', alg: null, claims: {} }],
  ['no claims', { typ: 'JWT' }],
  ['claims that are a list', { typ: 'JWT', claims: [] }],
  ['claims that are no plain object', { typ: 'JWT', claims: new Map([['sub', 'x']]) }],
  ['claims that JSON cannot say', { typ: 'JWT', claims: { n: 1n } }],
  ['a header of its own', { typ: 'JWT', claims: {}, kid: 'mine' }],
])('fails with TOKEN_KMS_ERROR for %s', async (_, request) => {
  const failure = await signJwt(deps, request as never).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SigningFailed);
  expect(failure).toMatchObject({ code: 'TOKEN_KMS_ERROR' });
  // A cause that cannot be cloned would cost the error its code on the way through RPC.
  expect(failure).not.toHaveProperty('cause');
});
