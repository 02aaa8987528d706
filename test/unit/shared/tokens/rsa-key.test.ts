import { describe, expect, it } from 'vitest';

import { type Bytes, toBase64Url } from '../../../../shared/bytes.ts';
import { rsaSignatureLength } from '../../../../shared/tokens/rsa-key.ts';

const E = 'AQAB';

/** An odd number of exactly `bits` bits, its other bits the same for everybody. */
function modulus(bits: number, last = 0x01): Bytes {
  const bytes = new Uint8Array(Math.ceil(bits / 8)).map((_, index) => (index * 37 + 11) % 256);
  bytes[0] = 1 << ((bits - 1) % 8);
  bytes[bytes.length - 1] = last;
  return bytes;
}

const lengthFor = (n: Bytes, e = E) => rsaSignatureLength(toBase64Url(n), e);

describe('rsaSignatureLength', () => {
  it.each([
    [2_047, undefined],
    [2_048, 256],
    [2_049, 257],
    [3_072, 384],
    [8_192, 1_024],
    [8_193, undefined],
  ])('of %d bits: %s', (bits, length) => {
    expect(lengthFor(modulus(bits))).toBe(length);
  });

  it('does not count leading zeros', () => {
    expect(lengthFor(new Uint8Array([0, 0, ...modulus(2_048)]))).toBe(256);
    expect(lengthFor(new Uint8Array([...new Uint8Array(128), ...modulus(1_024)]))).toBeUndefined();
  });

  it('refuses an even modulus, and the exponents 0, 1 and 2', () => {
    expect(lengthFor(modulus(2_048, 0x02))).toBeUndefined();
    for (const e of ['', 'AA', 'AQ', 'AAE', 'Ag']) {
      expect(lengthFor(modulus(2_048), e)).toBeUndefined();
    }
    expect(lengthFor(modulus(2_048), 'Aw')).toBe(256);
  });

  it('refuses what is not canonical base64url', () => {
    const n = toBase64Url(modulus(2_048));
    for (const other of [`${n}=`, ` ${n}`, `${n}\n`, undefined, 7, null]) {
      expect(rsaSignatureLength(other, E)).toBeUndefined();
    }
  });

  it('refuses the ROCA fingerprint: a power of 65537 modulo every small prime (CVE-2017-15361)', () => {
    const primes = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73];
    const more = [79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163];
    const product = [...primes, ...more].reduce((all, prime) => all * BigInt(prime), 1n);
    const power = (exponent: number) => 65_537n ** BigInt(exponent) % product;
    const flawed = (((1n << 2_047n) / product) * product + product + power(12_345)) | 0n;
    const bytes = (value: bigint) => Uint8Array.fromHex(value.toString(16));
    expect(lengthFor(bytes(flawed))).toBeUndefined();
    expect(lengthFor(bytes(flawed + 2n))).toBe(256);
  });
});
