import { describe, expect, it } from 'vitest';

import {
  type KeyPlace,
  unwrapPrivateKey,
  wrapPrivateKey,
} from '../../durable-objects/key-ring/key-wrap.ts';
import { fromBase64Url, randomBytes } from '../../shared/bytes.ts';

const KEK = randomBytes(32);
const PLACE: KeyPlace = { namespace: 'ring:tokens', kid: 'k1', alg: 'ES256' };
const REFUSED = 'Cannot unwrap key';

async function aKeyPair() {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  if (!('privateKey' in pair)) throw new Error('Cannot generate key');
  return pair;
}
const wrapped = async () => wrapPrivateKey(KEK, PLACE, (await aKeyPair()).privateKey);

describe('a wrapped key', () => {
  it('signs again once unwrapped', async () => {
    const { privateKey, publicKey } = await aKeyPair();
    const again = await unwrapPrivateKey(KEK, PLACE, await wrapPrivateKey(KEK, PLACE, privateKey));
    const ecdsa = { name: 'ECDSA', hash: 'SHA-256' };
    const message = randomBytes(20);
    const signature = await crypto.subtle.sign(ecdsa, again, message);
    expect(await crypto.subtle.verify(ecdsa, publicKey, signature, message)).toBe(true);
  });

  it('[KR12] does not show the private key', async () => {
    const { privateKey } = await aKeyPair();
    const record = Buffer.from(await wrapPrivateKey(KEK, PLACE, privateKey));
    const jwk = await crypto.subtle.exportKey('jwk', privateKey);
    const secret = fromBase64Url('d' in jwk ? jwk.d : '') ?? new Uint8Array();
    expect(secret).toHaveLength(32);
    expect(record.includes(Buffer.from(secret))).toBe(false);
  });

  it('[KR13] cannot be exported once unwrapped', async () => {
    const key = await unwrapPrivateKey(KEK, PLACE, await wrapped());
    expect(key.extractable).toBe(false);
    expect(key.usages).toEqual(['sign']);
    await expect(crypto.subtle.exportKey('pkcs8', key)).rejects.toThrow('not extractable');
  });

  it('is another record each time', async () => {
    const { privateKey } = await aKeyPair();
    const records = [1, 2].map(() => wrapPrivateKey(KEK, PLACE, privateKey));
    const [first, second] = await Promise.all(records);
    expect(first).not.toEqual(second);
  });

  it.each([
    ['ring', { ...PLACE, namespace: 'ring:other' }],
    ['kid', { ...PLACE, kid: 'k2' }],
    ['algorithm', { ...PLACE, alg: 'ES384' }],
    ['split of the same letters', { ...PLACE, namespace: 'ring:tokensk', kid: '1' }],
  ])('[KR12] does not open for another %s', async (_, place) => {
    await expect(unwrapPrivateKey(KEK, place, await wrapped())).rejects.toThrow(REFUSED);
  });

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
