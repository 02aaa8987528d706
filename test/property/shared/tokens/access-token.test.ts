import * as fc from 'fast-check';
import { compactVerify, importJWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';

import { utf8 } from '../../../../shared/bytes.ts';
import { verifyAccessToken } from '../../../../shared/tokens/access-token.ts';
import type { JwsAlgorithm } from '../../../../shared/tokens/algorithms.ts';
import { parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import {
  importJwkSet,
  type VerificationKeys,
} from '../../../../shared/tokens/verification-keys.ts';
import {
  anAccessToken,
  aSigner,
  ISSUER,
  jwkSet,
  NOW,
  type Signer,
} from '../../../support/jws-forge.ts';

const policy = { issuer: ISSUER, algorithms: new Set<JwsAlgorithm>(['ES256']) };
const ALPHABET =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\u0000é'.split('');

let signer: Signer;
let keys: VerificationKeys;
let token: string;

beforeAll(async () => {
  signer = await aSigner('ES256');
  keys = await importJwkSet(jwkSet(signer));
  token = await anAccessToken(signer);
});

const isAccepted = async (text: string): Promise<boolean> =>
  (await verifyAccessToken(text, keys, policy, NOW)).ok;

describe('an access token', () => {
  it('has one spelling: any single-character change is refused', async () => {
    expect(await isAccepted(token)).toBe(true);
    const change = fc.record({
      at: fc.nat({ max: token.length - 1 }),
      to: fc.constantFrom(...ALPHABET),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, to }) => {
        fc.pre(token[at] !== to);
        return !(await isAccepted(token.slice(0, at) + to + token.slice(at + 1)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused with a character more or less, anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: token.length - 1 }),
        fc.constantFrom('', ...ALPHABET),
        async (at, inserted) => {
          const rest = token.slice(inserted === '' ? at + 1 : at);
          return !(await isAccepted(token.slice(0, at) + inserted + rest));
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('is accepted by jose whenever it is accepted here', async () => {
    const key = await importJWK(signer.jwk, 'ES256');
    const claims = fc.dictionary(fc.constantFrom('sub', 'aud', 'exp', 'x'), fc.jsonValue(), {
      maxKeys: 2,
    });
    await fc.assert(
      fc.asyncProperty(claims, fc.nat({ max: 3 }), async (replaced, cut) => {
        const one = (await anAccessToken(signer, replaced)).slice(0, cut === 0 ? -1 : undefined);
        if (await isAccepted(one)) await compactVerify(one, key, { algorithms: ['ES256'] });
      }),
      { numRuns: 200 },
    );
  });
});

/** The same name, every character escaped. */
const hidden = (name: string) =>
  `"${name.replaceAll(/./gsu, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;

const spell = ([name, value]: [string, unknown], hide = false) =>
  `${hide ? hidden(name) : JSON.stringify(name)} : ${JSON.stringify(value)}`;

describe('parseStrictObject', () => {
  const names = fc.constantFrom('a', 'b', '\\', '"', 'é', '__proto__', ':', '{', '');

  it('reads what JSON.stringify writes of an object without repeated members', () => {
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue({ maxDepth: 3 })),
        fc.nat(2),
        (value, indent) => {
          const text = JSON.stringify(value, undefined, indent);
          expect(parseStrictObject(utf8(text))).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it('refuses an object, at any depth, that has a member twice', () => {
    const pair = fc.tuple(names, fc.jsonValue({ maxDepth: 1 }));
    const members = fc.array(pair, { maxLength: 4 });
    const escapes = fc.constantFrom(false, true);
    fc.assert(
      fc.property(members, pair, fc.nat(3), escapes, (others, repeated, depth, escaped) => {
        const unique = new Map([...others, repeated]);
        const all = [...unique].map((member) => spell(member));
        const inner = `{${[...all, spell(repeated, escaped)].join(',')}}`;
        const text = Array.from({ length: depth }).reduce<string>(
          (nested, _, index) => (index % 2 === 0 ? `{"n":${nested}}` : `{"l":[0,${nested}]}`),
          inner,
        );
        expect(() => JSON.parse(text)).not.toThrow();
        expect(parseStrictObject(utf8(text))).toBeUndefined();
      }),
    );
  });
});
