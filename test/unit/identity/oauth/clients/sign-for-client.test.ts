import { compactDecrypt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';

import { encryptToClient } from '../../../../../workers/identity/oauth/clients/sign-for-client.ts';
import { aClient } from '../../../../support/oauth-fixture.ts';

const PAIRS = [
  ['RSA-OAEP', 'A256GCM'],
  ['RSA-OAEP-256', 'A128CBC-HS256'],
  ['ECDH-ES', 'A128GCM'],
  ['ECDH-ES+A128KW', 'A256GCM'],
  ['ECDH-ES+A256KW', 'A256CBC-HS512'],
] as const;

/** A client's keys, as its directory gives them: what was published, then what a refresh finds. */
async function aReader(alg: string, members: object = {}) {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'enc-1', ...members };
  return { jwk, privateKey: pair.privateKey };
}

const published = (first: readonly object[], refreshed = first) => ({
  keysOf: async (_: unknown, refresh?: boolean) =>
    (refresh === true ? refreshed : first) as readonly Record<string, unknown>[],
});

describe('a response encrypted to a client (RFC 7516)', () => {
  it.each(PAIRS)('by %s and %s can be read with its key only', async (alg, enc) => {
    const { jwk, privateKey } = await aReader(alg);
    const jwe = await encryptToClient('a.b.c', 'JWT', aClient(), { alg, enc }, published([jwk]));
    const { plaintext, protectedHeader } = await compactDecrypt(jwe, privateKey);
    expect(new TextDecoder().decode(plaintext)).toBe('a.b.c');
    expect(protectedHeader).toMatchObject({ alg, enc, kid: 'enc-1', cty: 'JWT' });
    const { privateKey: another } = await aReader(alg);
    await expect(compactDecrypt(jwe, another)).rejects.toThrow('decryption operation failed');
  });

  it('that holds plain claims does not say that it holds a JWT (RFC 7519 §5.2)', async () => {
    const { jwk } = await aReader('RSA-OAEP-256');
    const encryption = { alg: 'RSA-OAEP-256', enc: 'A256GCM' };
    const jwe = await encryptToClient('{}', 'JSON', aClient(), encryption, published([jwk]));
    expect(decodeProtectedHeader(jwe).cty).toBe(undefined);
  });

  it('uses the key that fits, and fetches the keys again before it is refused', async () => {
    const encryption = { alg: 'ECDH-ES', enc: 'A256GCM' };
    const { jwk, privateKey } = await aReader('ECDH-ES', { use: 'enc', alg: 'ECDH-ES' });
    const others = [
      (await aReader('ECDH-ES', { use: 'sig' })).jwk,
      (await aReader('ECDH-ES', { alg: 'ECDH-ES+A128KW' })).jwk,
      (await aReader('RSA-OAEP')).jwk,
    ];
    const keys = published(others, [...others, jwk]);
    const jwe = await encryptToClient('x', 'JWT', aClient(), encryption, keys);
    await compactDecrypt(jwe, privateKey);
    await expect(
      encryptToClient('x', 'JWT', aClient(), encryption, published(others)),
    ).rejects.toMatchObject({ code: 'invalid_client', status: 400 });
  });

  it('is refused if the published key is not valid', async () => {
    const encryption = { alg: 'ECDH-ES', enc: 'A256GCM' };
    const keys = published([{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }]);
    await expect(encryptToClient('x', 'JWT', aClient(), encryption, keys)).rejects.toMatchObject({
      code: 'invalid_client',
    });
  });
});
