/**
 * Tells which IP addresses are on the public Internet (IANA special-purpose registries, RFC 6890).
 *
 * @module
 */

type Block = { readonly first: readonly number[]; readonly bits: number };

const block = (text: string): Block => {
  const [address = '', bits = ''] = text.split('/');
  return { first: address.split('.').map(Number), bits: Number(bits) };
};

/** Not globally reachable, multicast, reserved, or translated to something else. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
].map(block);

/** @param text - Four decimal numbers, as the URL standard spells every IPv4 address. */
export function isPublicIpv4(text: string): boolean {
  const address = text.split('.').map(Number);
  if (address.length !== 4 || !address.every((part) => part >= 0 && part <= 255)) return false;
  return !SPECIAL_IPV4.some(({ first, bits }) => hasPrefix(address, first, bits, 8));
}

/** Reads an address without a zone into eight numbers of 16 bits (RFC 4291 §2.2). */
export function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  const [head = [], tail] = halves.map(groupsOf);
  if (halves.length > 2) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const address = [...head, ...Array.from({ length: missing }, () => 0), ...(tail ?? [])];
  return address.every((group) => group >= 0 && group <= 0xffff) ? address : undefined;
}

const groupsOf = (half: string): readonly number[] =>
  half === '' ? [] : half.split(':').map((group) => Number.parseInt(group, 16));

/**
 * Whether an address is a global unicast one (2000::/3) and contains no IPv4 address. Tunnels and
 * translations (6to4, Teredo, NAT64, mapped and compatible addresses) contain one that was not
 * judged.
 */
export function isPublicIpv6(address: readonly number[]): boolean {
  if (!hasPrefix(address, [0x2000], 3, 16)) return false;
  return !SPECIAL_IPV6.some(({ first, bits }) => hasPrefix(address, first, bits, 16));
}

const SPECIAL_IPV6: readonly Block[] = [
  { first: [0x2001, 0x0000], bits: 23 },
  { first: [0x2001, 0x0db8], bits: 32 },
  { first: [0x2002], bits: 16 },
  { first: [0x2620, 0x004f, 0x8000], bits: 48 },
  { first: [0x3fff, 0x0000], bits: 20 },
];

/** Whether two numbers, given in parts of `size` bits, have the same first `bits`. */
function hasPrefix(
  address: readonly number[],
  first: readonly number[],
  bits: number,
  size: number,
): boolean {
  for (let index = 0; index * size < bits; index += 1) {
    const spare = Math.max(0, (index + 1) * size - bits);
    const difference = (address[index] ?? 0) ^ (first[index] ?? 0);
    if (difference >> spare !== 0) return false;
  }
  return true;
}
