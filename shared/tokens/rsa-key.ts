import { fromBase64Url } from '../bytes.ts';

/** RFC 7518 §3.3 asks for 2048 bits or more; the upper bound keeps a verification cheap. */
const SMALLEST_MODULUS = 2_048;
const LARGEST_MODULUS = 8_192;

/**
 * Returns the length in bytes of an RSA key's signatures (RFC 8017 §8).
 *
 * @param n - Modulus, base64url.
 * @param e - Public exponent, base64url.
 * @returns `undefined` for a key that is too small or too large, is even, has the exponent 1 (every
 *   message is then its own signature), or came from a generator with the ROCA flaw.
 */
export function rsaSignatureLength(n: unknown, e: unknown): number | undefined {
  const modulus = typeof n === 'string' ? fromBase64Url(n) : undefined;
  const exponent = typeof e === 'string' ? fromBase64Url(e) : undefined;
  if (modulus === undefined || exponent === undefined) return undefined;
  const bits = bitLength(modulus);
  if (bits < SMALLEST_MODULUS || bits > LARGEST_MODULUS) return undefined;
  if (!isOdd(modulus) || !isOdd(exponent) || bitLength(exponent) < 2) return undefined;
  return hasRocaFingerprint(modulus) ? undefined : Math.ceil(bits / 8);
}

function bitLength(bigEndian: Uint8Array): number {
  const first = bigEndian.findIndex((byte) => byte !== 0);
  if (first === -1) return 0;
  return (bigEndian.length - first) * 8 - (Math.clz32(bigEndian[first] ?? 0) - 24);
}

const isOdd = (bigEndian: Uint8Array): boolean => ((bigEndian.at(-1) ?? 0) & 1) === 1;

const PRIMES = [11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157];

/**
 * Whether a modulus looks like the product of two primes of the form `k·M + 65537^a mod M`.
 *
 * An honest modulus does with a probability below 2^-28.
 *
 * @see Nemec and others, "The Return of Coppersmith's Attack", CCS 2017, §3.2 (CVE-2017-15361)
 */
function hasRocaFingerprint(modulus: Uint8Array): boolean {
  return PRIMES.every((prime) => isPowerOf65537(remainder(modulus, prime), prime));
}

const remainder = (bigEndian: Uint8Array, divisor: number): number =>
  bigEndian.reduce((rest, byte) => (rest * 256 + byte) % divisor, 0);

function isPowerOf65537(value: number, prime: number): boolean {
  let power = 1;
  do {
    if (power === value) return true;
    power = (power * 65_537) % prime;
  } while (power !== 1);
  return false;
}
