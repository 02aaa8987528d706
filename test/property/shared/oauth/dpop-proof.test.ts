import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';

import { comparableUrl } from '../../../../shared/http/comparable-url.ts';
import { verifyDpopProof } from '../../../../shared/oauth/dpop-proof.ts';
import { aProof, aProver, type Prover, proofClaims } from '../../../support/dpop-forge.ts';

const TARGET = 'https://id.example.test/oauth2/token';
const ALPHABET =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\u0000é'.split('');

let prover: Prover;
let proof: string;

beforeAll(async () => {
  prover = await aProver();
  proof = await aProof(prover, proofClaims('POST', TARGET));
});

const isAccepted = async (text: string): Promise<boolean> =>
  (await verifyDpopProof({ proof: text, method: 'POST', url: TARGET })).ok;

describe('a proof', () => {
  it('has one spelling: with any character changed or added it is refused', async () => {
    expect(await isAccepted(proof)).toBe(true);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: proof.length - 1 }),
        fc.constantFrom(...ALPHABET),
        fc.boolean(),
        async (at, to, replaces) => {
          fc.pre(proof[at] !== to);
          return !(await isAccepted(proof.slice(0, at) + to + proof.slice(replaces ? at + 1 : at)));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('with another claim value is valid only if the value has the same meaning', async () => {
    const names = fc.constantFrom('jti', 'htm', 'htu', 'iat', 'nonce');
    await fc.assert(
      fc.asyncProperty(names, fc.jsonValue(), async (name, value) => {
        const one = await aProof(prover, proofClaims('POST', TARGET, { [name]: value }));
        const isText = typeof value === 'string';
        const same = {
          jti: isText && value !== '' && value.length <= 255,
          htm: value === 'POST',
          htu: isText && comparableUrl(value) === TARGET,
          iat: typeof value === 'number',
          nonce: isText,
        }[name];
        expect(await isAccepted(one)).toBe(same);
      }),
      { numRuns: 400 },
    );
  });
});

describe('comparableUrl', () => {
  it('is the same for every equivalent spelling (RFC 3986 §6.2.2, §6.2.3)', () => {
    const segments = fc.array(fc.stringMatching(/^[\w.~!$&'()*+,;=:@-]{1,8}$/), { maxLength: 4 });
    const choices = fc.infiniteStream(fc.nat({ max: 3 }));
    fc.assert(
      fc.property(segments, choices, (parts, stream) => {
        fc.pre(!parts.some((part) => /^\.{1,2}$/.test(part)));
        const path = `/${parts.join('/')}`;
        const escaped = path
          .split('')
          .map((one) => {
            const choice = Number(stream.next().value);
            if (!/[\w~-]/.test(one) || choice > 1) return one;
            const hex = one.charCodeAt(0).toString(16);
            return `%${choice === 0 ? hex : hex.toUpperCase()}`;
          })
          .join('');
        const plain = comparableUrl(`https://id.example.test${path}`);
        expect(plain).toBe(`https://id.example.test${path}`);
        for (const other of [
          `HTTPS://ID.Example.TEST:443${escaped}`,
          `https://id.example.test/x/..${escaped}?q=1#f`,
          `https://id.example.test/%2e${escaped}`,
        ]) {
          expect(comparableUrl(other)).toBe(plain);
        }
      }),
    );
  });

  it('never throws, and does not change its own result', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.webUrl({ withFragments: true }), fc.string(), fc.jsonValue()),
        (text) => {
          const once = comparableUrl(text);
          if (once !== undefined) expect(comparableUrl(once)).toBe(once);
        },
      ),
    );
  });
});
