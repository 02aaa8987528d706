import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  type Bytes,
  concatBytes,
  fromBase64Url,
  toBase64Url,
  utf8,
} from '../../../../shared/bytes.ts';
import { AccountId, FamilyId } from '../../../../shared/ids.ts';
import {
  accessTokenId,
  deriveSuccessor,
  hashSecret,
  newRefreshSecret,
  type RefreshToken,
  seal,
  unseal,
} from '../../../../shared/tokens/refresh-token.ts';
import { importSealingKeys } from '../../../../shared/tokens/sealing-keys.ts';
import { uuidFromBytes, uuidToBytes } from '../../../../shared/tokens/uuid-bytes.ts';

const secretText = (n: number) => toBase64Url(new Uint8Array(32).fill(n));
const keys = await importSealingKeys({ current: secretText(1) });
const rotatedKeys = await importSealingKeys({ current: secretText(2), previous: secretText(1) });
const strangerKeys = await importSealingKeys({ current: secretText(3), previous: secretText(2) });

const bytes = (length: number): fc.Arbitrary<Bytes> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => new Uint8Array(array));
const token: fc.Arbitrary<RefreshToken> = fc.record({
  accountId: fc.uuid().map((text) => AccountId.restore(text)),
  familyId: fc.uuid().map((text) => FamilyId.restore(text)),
  generation: fc.oneof(fc.constantFrom(0, 1, 0xff_ff_ff_fe), fc.nat()),
  secret: bytes(32),
});

/** Two tokens with nothing in common. */
const pair = fc
  .tuple(token, token)
  .filter(([a, b]) => a.familyId !== b.familyId && a.secret.toHex() !== b.secret.toHex());
const neighbour = (generation: number) => (generation ^ 1) >>> 0;

const nonceOf = (text: string) => fromBase64Url(text.slice(4))?.subarray(4, 16).toHex();

const RUNS = { numRuns: 300 };
const check = <T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => Promise<void>) =>
  fc.assert(fc.asyncProperty(arbitrary, predicate), RUNS);

async function present(text: string) {
  const presented = await unseal(keys, text);
  if (presented === undefined) throw new Error('Cannot unseal the token just sealed');
  return presented;
}

describe('refresh token', () => {
  it('is the same after sealing and opening', () =>
    check(token, async (value) => {
      const { sealedUnder, ...opened } = await present(await seal(keys, value));
      expect(opened).toEqual(value);
      expect(sealedUnder).toBe(keys.current);
    }));

  it('has one text: equal tokens have equal texts, and different tokens different ones', () =>
    check(pair, async ([a, b]) => {
      const same = await seal(keys, { ...a, secret: a.secret.slice() });
      expect(await seal(keys, a)).toBe(same);
      expect(await seal(keys, b)).not.toBe(same);
      expect(await seal(keys, { ...a, generation: a.generation + 1 })).not.toBe(same);
    }));

  it('has a nonce of its own, drawn from the plaintext', () =>
    check(pair, async ([a, b]) => {
      expect(nonceOf(await seal(keys, a))).not.toBe(nonceOf(await seal(keys, b)));
    }));

  it('does not open with any bit changed', () =>
    check(fc.tuple(token, fc.nat(101 * 8 - 1)), async ([value, bit]) => {
      const sealed = fromBase64Url((await seal(keys, value)).slice(4)) ?? new Uint8Array();
      expect(sealed).toHaveLength(101);
      const at = Math.floor(bit / 8);
      sealed[at] = (sealed[at] ?? 0) ^ (1 << (bit % 8));
      expect(await unseal(keys, `spr_${toBase64Url(sealed)}`)).toBeUndefined();
    }));

  it('does not open with any character changed, so it has one spelling', () =>
    check(
      fc.tuple(token, fc.nat(138), fc.string({ minLength: 1, maxLength: 1 })),
      async (given) => {
        const [value, at, letter] = given;
        const text = await seal(keys, value);
        const changed = text.slice(0, at) + letter + text.slice(at + 1);
        expect((await unseal(keys, changed)) !== undefined).toBe(changed === text);
      },
    ));

  it('does not open with the spare bits of its last character set', () =>
    check(token, async (value) => {
      const text = await seal(keys, value);
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const last = alphabet.indexOf(text.at(-1) ?? '');
      for (const spare of [1, 2, 3]) {
        const other = text.slice(0, -1) + alphabet[last | spare];
        expect(await unseal(keys, other)).toBeUndefined();
      }
    }));

  it('does not open truncated, extended, padded or wrapped', () =>
    check(
      fc.tuple(token, fc.nat(138), fc.constantFrom('=', ' ', '\n', 'A', '.')),
      async (given) => {
        const [value, length, extra] = given;
        const text = await seal(keys, value);
        expect(await unseal(keys, text.slice(0, length))).toBeUndefined();
        expect(await unseal(keys, text + extra)).toBeUndefined();
        expect(await unseal(keys, extra + text)).toBeUndefined();
      },
    ));

  it('does not open with another version or length, though sealed with the right key', async () => {
    const { id, seal: key } = keys.current;
    const additionalData = concatBytes(utf8('spr_'), id);
    const sealedBy = async (plain: Bytes) => {
      const parameters = { name: 'AES-GCM', iv: new Uint8Array(12), additionalData };
      const sealed = new Uint8Array(await crypto.subtle.encrypt(parameters, key, plain));
      return `spr_${toBase64Url(concatBytes(id, parameters.iv, sealed))}`;
    };
    const plain = (version: number, length: number) => new Uint8Array(length).fill(version, 0, 1);
    expect(await unseal(keys, await sealedBy(plain(1, 69)))).toMatchObject({ generation: 0 });
    for (const other of [plain(0, 69), plain(2, 69), plain(1, 68), plain(1, 70), plain(1, 72)]) {
      expect(await unseal(keys, await sealedBy(other))).toBeUndefined();
    }
  });

  it('is not opened by arbitrary text', () =>
    check(
      fc.oneof(
        fc.string(),
        bytes(101).map((b) => `spr_${toBase64Url(b)}`),
      ),
      async (text) => {
        expect(await unseal(keys, text)).toBeUndefined();
      },
    ));

  it('opens while its key is the previous one, and not after', () =>
    check(token, async (value) => {
      const text = await seal(keys, value);
      expect(await unseal(rotatedKeys, text)).toMatchObject(value);
      expect(await unseal(strangerKeys, text)).toBeUndefined();
      expect(await unseal(keys, await seal(rotatedKeys, value))).toBeUndefined();
    }));

  it('has one successor, also when the sealing key was rotated in between', () =>
    check(token, async (value) => {
      const text = await seal(keys, value);
      const successor = await deriveSuccessor(await present(text));
      const again = await unseal(rotatedKeys, text);
      expect(again && (await deriveSuccessor(again))).toEqual(successor);
      expect(successor).toMatchObject({
        accountId: value.accountId,
        familyId: value.familyId,
        generation: value.generation + 1,
      });
      expect(successor.secret).toHaveLength(32);
      expect(successor.secret).not.toEqual(value.secret);
    }));

  it('has a successor that follows from every part of it', () =>
    check(pair, async ([a, b]) => {
      const { sealedUnder } = await present(await seal(keys, a));
      const secretAfter = async (part: Partial<RefreshToken>) =>
        (await deriveSuccessor({ ...a, ...part, sealedUnder })).secret.toHex();
      const own = await secretAfter({});
      expect(await secretAfter({ secret: b.secret })).not.toBe(own);
      expect(await secretAfter({ familyId: b.familyId })).not.toBe(own);
      expect(await secretAfter({ generation: neighbour(a.generation) })).not.toBe(own);
      const other = { ...a, sealedUnder: rotatedKeys.current };
      expect((await deriveSuccessor(other)).secret.toHex()).not.toBe(own);
    }));

  it('names one access token for a generation and a moment', () =>
    check(pair, async ([{ familyId, generation }, other]) => {
      const id = await accessTokenId(familyId, generation, 1_000);
      expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(await accessTokenId(familyId, generation, 1_000)).toBe(id);
      expect(await accessTokenId(familyId, neighbour(generation), 1_000)).not.toBe(id);
      expect(await accessTokenId(other.familyId, generation, 1_000)).not.toBe(id);
      expect(await accessTokenId(familyId, generation, 1_001)).not.toBe(id);
    }));

  it('is not sealed if it could not be opened again', async () => {
    const value = { ...(fc.sample(token, 1)[0] as RefreshToken) };
    await expect(seal(keys, { ...value, secret: new Uint8Array(31) })).rejects.toThrow(TypeError);
    for (const generation of [-1, 1.5, 2 ** 32, Number.NaN]) {
      await expect(seal(keys, { ...value, generation })).rejects.toThrow(TypeError);
    }
  });

  it('has a secret that is random, and stored as its SHA-256', async () => {
    const secret = newRefreshSecret();
    expect(secret).toHaveLength(32);
    expect(newRefreshSecret()).not.toEqual(secret);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', secret));
    expect(await hashSecret(secret)).toEqual(digest);
  });

  it('is not sealed under a key of another length or spelling', async () => {
    for (const current of ['', 'A'.repeat(42), `${secretText(1)}=`, secretText(1).slice(1)]) {
      await expect(importSealingKeys({ current })).rejects.toThrow(TypeError);
    }
    const previous = 'short';
    await expect(importSealingKeys({ current: secretText(1), previous })).rejects.toThrow(
      TypeError,
    );
  });
});

it('a UUID is the same after conversion to bytes and back', () =>
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      expect(uuidFromBytes(uuidToBytes(uuid))).toBe(uuid);
      expect(uuidToBytes(uuid)).toHaveLength(16);
    }),
    RUNS,
  ));
