/* oxlint-disable vitest/no-conditional-tests -- that the vectors are absent is a result too */
/// <reference types="vite/types/importMeta.d.ts" />
import { describe, expect, it } from 'vitest';

import { isJwsAlgorithm, JWS_ALGORITHMS } from '../../../../shared/tokens/algorithms.ts';
import { verifyJws } from '../../../../shared/tokens/jws.ts';
import {
  importJwkSet,
  importVerificationKey,
} from '../../../../shared/tokens/verification-keys.ts';

type Jwk = Readonly<Record<string, unknown>>;
type Vector = {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
  readonly flags: readonly string[];
};
type Group<Key> = {
  readonly comment: string;
  readonly public?: Key;
  readonly private?: Key;
  readonly tests: readonly Vector[];
};
type Vectors<Key> = { readonly default: { readonly testGroups: readonly Group<Key>[] } };

// A glob, not an import: where the vectors are absent it finds nothing instead of failing.
const found = import.meta.glob('../../../../../shared/vectors/wycheproof/json_web_*_test.json', {
  eager: true,
});
const vectors = <Key>(name: string): readonly Group<Key>[] | undefined =>
  Object.entries(found as Readonly<Record<string, Vectors<Key>>>).find(([path]) =>
    path.endsWith(`/${name}`),
  )?.[1].default.testGroups;

const signatures = vectors<Jwk>('json_web_signature_test.json');
const keySets = vectors<{ readonly keys: readonly Jwk[] }>('json_web_key_test.json');

const policy = {
  algorithms: new Set(JWS_ALGORITHMS.filter(isJwsAlgorithm)),
  maxLength: 100_000,
};

/** Vectors called valid that are refused here, and why. */
const STRICTER = new Map([
  [346, 'the key says PS256, the token PS384: a key is used with its own algorithm only'],
  [350, 'the same, with key_ops'],
  [347, 'the key says ES521, which is no algorithm (RFC 7518 says ES512)'],
  [351, 'the same, with key_ops'],
]);

async function accepts(token: string, jwk: Jwk): Promise<boolean> {
  const key = await importVerificationKey(jwk);
  if (key === undefined) return false;
  return (await verifyJws(token, new Map([[key.kid, key]]), policy)).ok;
}

const acceptsFromSet = async (token: string, set: object): Promise<boolean> => {
  try {
    return (await verifyJws(token, await importJwkSet(set), policy)).ok;
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return false;
  }
};

if (signatures === undefined || keySets === undefined) {
  // oxlint-disable-next-line no-console -- so that nobody takes absence for success
  console.warn(
    '\n*** Wycheproof vectors are ABSENT (../shared/vectors): nothing was proven. ***\n',
  );
  it('has no Wycheproof vectors to run: they are absent from ../shared/vectors', () => {
    expect(Object.keys(found)).toEqual([]);
  });
} else {
  const all = signatures.flatMap((group) =>
    group.tests.map((vector) => ({ vector, jwk: group.public ?? group.private ?? {} })),
  );
  const asymmetric = all.filter(({ jwk }) => jwk['kty'] !== 'oct');
  const symmetric = all.filter(({ jwk }) => jwk['kty'] === 'oct');

  describe('Wycheproof json_web_signature', () => {
    it('is the edition that was read when this test was written', () => {
      expect({ all: all.length, asymmetric: asymmetric.length }).toEqual({
        all: 401,
        asymmetric: 361,
      });
    });

    it('agrees on every vector with an asymmetric key, but for the four listed', async () => {
      const counts = { accepted: 0, refused: 0 };
      const deviations: number[] = [];
      for (const { vector, jwk } of asymmetric) {
        const accepted = await accepts(vector.jws, jwk);
        counts[accepted ? 'accepted' : 'refused'] += 1;
        if (accepted !== (vector.result === 'valid')) deviations.push(vector.tcId);
      }
      expect(deviations).toEqual([...STRICTER.keys()].toSorted((a, b) => a - b));
      expect(counts).toEqual({ accepted: 32, refused: 329 });
    });

    it('accepts none of the vectors with a secret key, valid or not: HMAC is not understood', async () => {
      const accepted: number[] = [];
      for (const { vector, jwk } of symmetric) {
        if (await accepts(vector.jws, jwk)) accepted.push(vector.tcId);
      }
      expect(symmetric.length).toBe(40);
      expect(accepted).toEqual([]);
    });
  });

  describe('Wycheproof json_web_key', () => {
    it('refuses every invalid set, and accepts the valid ones that hold no secret key', async () => {
      const wrong: number[] = [];
      const counts = { accepted: 0, refused: 0 };
      for (const { tests, ...group } of keySets) {
        const set = group.public ?? group.private ?? { keys: [] };
        const holdsSecret = set.keys.some(({ kty }) => kty === 'oct');
        for (const { tcId, jws, result } of tests) {
          const accepted = await acceptsFromSet(jws, set);
          counts[accepted ? 'accepted' : 'refused'] += 1;
          if (accepted !== (result === 'valid' && !holdsSecret)) wrong.push(tcId);
        }
      }
      expect(wrong).toEqual([]);
      expect(counts).toEqual({ accepted: 1, refused: 25 });
    });
  });
}
