import { describe, expect, it } from 'vitest';

import {
  type KeyPlace,
  unwrapPrivateKey,
  wrapPrivateKey,
} from '../../../../durable-objects/key-ring/signing-key.ts';
import { fromBase64Url, randomBytes } from '../../../../shared/bytes.ts';
import { SIGNING_ALGORITHMS } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { algorithmDetails } from '../../../../shared/tokens/algorithms.ts';
import { importVerificationKey } from '../../../../shared/tokens/verification-keys.ts';
import { aSigner } from '../../../support/jws-forge.ts';

const KEK = randomBytes(32);
const PLACE: KeyPlace = { alg: 'ES256', kid: 'k1' };
const REFUSED = 'Cannot unwrap key';

const aPrivateKey = async () => (await aSigner('ES256')).privateKey;
const wrapped = async () => wrapPrivateKey(KEK, PLACE, await aPrivateKey());

describe('a wrapped key', () => {
  it.each(SIGNING_ALGORITHMS)('signs again once unwrapped, for %s', async (alg) => {
    const { jwk, privateKey } = await aSigner(alg);
    const place = { alg, kid: 'k1' };
    const again = await unwrapPrivateKey(KEK, place, await wrapPrivateKey(KEK, place, privateKey));
    const { parameters } = algorithmDetails(alg);
    const { key: publicKey } = (await importVerificationKey(jwk)) ?? {};
    const message = randomBytes(20);
    const signature = await crypto.subtle.sign(parameters, again, message);
    if (publicKey === undefined) throw new Error('Cannot import key');
    expect(await crypto.subtle.verify(parameters, publicKey, signature, message)).toBe(true);
  });

  it('[KR12] does not show the private key', async () => {
    const privateKey = await aPrivateKey();
    const record = Buffer.from(await wrapPrivateKey(KEK, PLACE, privateKey));
    const jwk = await crypto.subtle.exportKey('jwk', privateKey);
    const secret = fromBase64Url('d' in jwk ? (jwk.d ?? '') : '') ?? new Uint8Array();
    expect(secret).toHaveLength(32);
    expect(record.includes(Buffer.from(secret))).toBe(false);
  });

  it('[KR13] cannot be exported once unwrapped', async () => {
    const key = await unwrapPrivateKey(KEK, PLACE, await wrapped());
    expect(key.extractable).toBe(false);
    expect(key.usages).toEqual(['sign']);
    await expect(crypto.subtle.exportKey('pkcs8', key)).rejects.toThrow('not extractable');
  });

  it('is a different record each time', async () => {
    const privateKey = await aPrivateKey();
    const records = [1, 2].map(() => wrapPrivateKey(KEK, PLACE, privateKey));
    const [first, second] = await Promise.all(records);
    expect(first).not.toEqual(second);
  });

  it('[KR12] does not open for another kid', async () => {
    const place: KeyPlace = { ...PLACE, kid: 'k2' };
    await expect(unwrapPrivateKey(KEK, place, await wrapped())).rejects.toThrow(REFUSED);
  });

  it.each(SIGNING_ALGORITHMS)(
    '[KR12] [KR16] of %s does not open in the ring of another algorithm',
    async (alg) => {
      const { privateKey } = await aSigner(alg);
      const record = await wrapPrivateKey(KEK, { alg, kid: 'k1' }, privateKey);
      for (const other of SIGNING_ALGORITHMS.filter((one) => one !== alg)) {
        const failure = unwrapPrivateKey(KEK, { alg: other, kid: 'k1' }, record);
        await expect(failure).rejects.toThrow(REFUSED);
      }
    },
  );

  it('[KR12] does not open under another key-encryption key', async () => {
    await expect(unwrapPrivateKey(randomBytes(32), PLACE, await wrapped())).rejects.toThrow(
      'KEY_ENCRYPTION_KEY is not the one that wrapped it',
    );
  });

  it('[KR12] does not open with any one of its bytes altered or its end cut off', async () => {
    const record = await wrapped();
    const forgeries = Array.from(record, (_, at) =>
      record.map((byte, index) => (index === at ? byte ^ 0x80 : byte)),
    );
    for (const forgery of [...forgeries, record.slice(0, -1), new Uint8Array()]) {
      await expect(unwrapPrivateKey(KEK, PLACE, forgery)).rejects.toThrow(REFUSED);
    }
  });
});

/** Made when ES256 had the only ring: the records of running deployments look like this. */
const OLD = {
  kek: Uint8Array.from({ length: 32 }, (_, index) => index),
  record:
    'Ad3TWPBqwCeOjFF4_qrzn9hkxQjaDXtqp8cw_rw_Y_C0nlX_2sNcYW4Y6mX2BwjaxxcWWWObG3qLooaL4iB-pE5d2XmnKWSlVmrfGzr4S-bUn5wH0k-XKbKNhEbu0gxSEoFa7UbKANyxfcQ7Az9iMfhouaEfNNUtn5w0iSO4TTTZSQUziUY7LowoKyldv2mSSg8AWvpdGHX9B1ZpEnuAOKQPkYz3gPU',
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'g5IldIxoiSYbMIi1GAuqu0Og_gc4wXKlUVqqBQ7YcxM',
    y: 'c-EgWwHOaJL9YkHjAdHXbDMf-YusG8ZBoJ3BK9qF1os',
  },
};

it('a record from before the other rings still opens, and signs', async () => {
  const record = fromBase64Url(OLD.record) ?? new Uint8Array();
  const privateKey = await unwrapPrivateKey(OLD.kek, PLACE, record);
  const { parameters } = algorithmDetails('ES256');
  const publicKey = await crypto.subtle.importKey('jwk', OLD.jwk, parameters, false, ['verify']);
  const message = randomBytes(20);
  const signature = await crypto.subtle.sign(parameters, privateKey, message);
  expect(await crypto.subtle.verify(parameters, publicKey, signature, message)).toBe(true);
});
