/**
 * The network of an address: /24 of IPv4, /48 of IPv6, which is what a provider gives one customer.
 * Every spelling of an address, and every address of its network, give the same text.
 *
 * @returns `'unknown'` for what is no address. All of those count as one network.
 */
export function networkPrefix(address: string): string {
  const bare = address
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '');
  return bare.includes(':') ? ipv6Prefix(bare) : (ipv4Prefix(bare) ?? UNKNOWN);
}

const UNKNOWN = 'unknown';
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-f]{1,4}$/;

function ipv4Prefix(text: string): string | undefined {
  const octets = octetsOf(text);
  return octets && `${octets.slice(0, 3).join('.')}.0/24`;
}

function octetsOf(text: string): readonly number[] | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => OCTET.test(octet))) return undefined;
  const numbers = octets.map(Number);
  return numbers.every((octet) => octet <= 255) ? numbers : undefined;
}

function ipv6Prefix(text: string): string {
  const groups = groupsOf(text);
  if (groups === undefined) return UNKNOWN;
  const mapped = mappedIpv4(groups);
  if (mapped !== undefined) return ipv4Prefix(mapped) ?? UNKNOWN;
  return `${groups
    .slice(0, 3)
    .map((group) => group.toString(16))
    .join(':')}::/48`;
}

/** The eight groups of an address (RFC 4291 §2.2). */
function groupsOf(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => parseGroups(half));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (tail === undefined) return head.length === 8 ? head : undefined;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...Array<number>(missing).fill(0), ...tail];
}

function parseGroups(half: string): readonly number[] | undefined {
  if (half === '') return [];
  const parts = half.split(':');
  const octets = octetsOf(parts.at(-1) ?? '');
  const hex = octets === undefined ? parts : parts.slice(0, -1);
  if (!hex.every((group) => GROUP.test(group))) return undefined;
  const groups = hex.map((group) => Number.parseInt(group, 16));
  if (octets === undefined) return groups;
  const [a = 0, b = 0, c = 0, d = 0] = octets;
  return [...groups, a * 256 + b, c * 256 + d];
}

/** `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2) is the IPv4 address itself. */
function mappedIpv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return isMapped ? `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}` : undefined;
}
