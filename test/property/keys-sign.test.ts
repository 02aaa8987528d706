import * as fc from 'fast-check';
import { calculateJwkThumbprint, compactVerify, errors, importJWK, type JWK } from 'jose';
import { expect, it } from 'vitest';

import { unwrapPrivateKey } from '../../durable-objects/key-ring/key-wrap.ts';
import { generateSigningKey } from '../../durable-objects/key-ring/signing-key.ts';
import { fromUtf8, randomBytes } from '../../shared/bytes.ts';
import { SigningFailed, signJwt } from '../../workers/keys/sign-jwt.ts';
import { Signer } from '../../workers/keys/signer.ts';

const KEK = randomBytes(32);
const NAMESPACE = 'ring:tokens';
const NOW = Date.UTC(2030, 0, 1);
const RETENTION = 86_400_000;

async function aRing() {
  const fresh = await generateSigningKey(KEK, NAMESPACE);
  const signer = new Signer({
    clock: () => NOW,
    maxAge: 30_000,
    snapshot: async () => ({ signing: fresh }),
    unwrap: ({ kid, alg, wrapped }) =>
      unwrapPrivateKey(KEK, { namespace: NAMESPACE, kid, alg }, wrapped),
  });
  return { fresh, deps: { signer, clock: () => NOW, retention: RETENTION } };
}

const typ = fc.constantFrom('at+jwt' as const, 'JWT' as const);
const claims = fc.dictionary(
  fc.string({ unit: 'grapheme' }).filter((name) => name !== '__proto__' && name !== 'exp'),
  fc.jsonValue(),
);

it('signs what jose verifies, for every claim', async () => {
  const { fresh, deps } = await aRing();
  const publicKey = await importJWK(fresh.publicJwk as JWK, 'ES256');
  await fc.assert(
    fc.asyncProperty(typ, claims, async (type, body) => {
      const token = await signJwt(deps, { typ: type, claims: body });
      const { payload, protectedHeader } = await compactVerify(token, publicKey);
      expect(protectedHeader).toEqual({ alg: 'ES256', typ: type, kid: fresh.kid });
      expect(JSON.parse(fromUtf8(payload))).toEqual(JSON.parse(JSON.stringify(body)));
    }),
    { numRuns: 200 },
  );
});

it('does not verify once any character is another', async () => {
  const { fresh, deps } = await aRing();
  const publicKey = await importJWK(fresh.publicJwk as JWK, 'ES256');
  const token = await signJwt(deps, { typ: 'JWT', claims: { sub: 'someone' } });
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 2), async (at) => {
      const other = token[at] === 'A' ? 'B' : 'A';
      const forged = token.slice(0, at) + other + token.slice(at + 1);
      const failure = await compactVerify(forged, publicKey).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(errors.JOSEError);
    }),
    { numRuns: 100 },
  );
});

it('[KR4] names each key by the thumbprint that jose computes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constant(null), async () => {
      const { kid, alg, publicJwk } = await generateSigningKey(KEK, NAMESPACE);
      expect(kid).toBe(await calculateJwkThumbprint(publicJwk as JWK));
      expect(publicJwk).toMatchObject({ kid, alg: 'ES256', use: 'sig', kty: 'EC', crv: 'P-256' });
      expect(Object.keys(publicJwk)).not.toContain('d');
      expect(alg).toBe('ES256');
    }),
    { numRuns: 50 },
  );
});

it('refuses a token that would outlive its key, and signs one that just does not', async () => {
  const { deps } = await aRing();
  const last = (NOW + RETENTION) / 1_000;
  const sign = (exp: unknown) => signJwt(deps, { typ: 'at+jwt', claims: { exp } });
  await expect(sign(last)).resolves.toBeTypeOf('string');
  await expect(sign(last + 1)).rejects.toThrow('raise LONGEST_TOKEN_SECONDS');
});

it.each([
  ['another typ', { typ: 'dpop+jwt', claims: {} }],
  ['no claims', { typ: 'JWT' }],
  ['claims that are a list', { typ: 'JWT', claims: [] }],
  ['claims that JSON cannot say', { typ: 'JWT', claims: { n: 1n } }],
  ['a header of its own', { typ: 'JWT', claims: {}, kid: 'mine' }],
])('fails with TOKEN_KMS_ERROR for %s', async (_, request) => {
  const { deps } = await aRing();
  const failure = await signJwt(deps, request as never).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SigningFailed);
  expect(failure).toMatchObject({ code: 'TOKEN_KMS_ERROR' });
  // A cause that cannot be cloned would cost the error its code on the way through RPC.
  expect(failure).not.toHaveProperty('cause');
});
