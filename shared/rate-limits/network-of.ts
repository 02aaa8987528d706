/**
 * The network that is counted as one client: an IPv4 address, or the /64 of an IPv6 address, which
 * is the least that a subscriber gets (RFC 6177). Every spelling of an address gives the same text.
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const all = groupsOf(address.toLowerCase().replace(/%.*$/, ''));
  const mapped = mappedIpv4(all);
  return mapped ?? `${all.slice(0, 4).map(withoutZeros).join(':')}::/64`;
}

/** The eight groups of an address (RFC 4291 §2.2). The last two of them may stand as one IPv4 address. */
function groupsOf(address: string): readonly string[] {
  const [head = '', tail] = address.split('::');
  const left = groups(head);
  if (tail === undefined) return left;
  const right = groups(tail);
  const missing = Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: missing }, () => '0'), ...right];
}

const groups = (text: string): string[] =>
  text === ''
    ? []
    : text.split(':').flatMap((group) => (group.includes('.') ? pair(group) : [group]));

/** `192.0.2.1` as two groups. */
function pair(ipv4: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = ipv4.split('.').map(Number);
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
}

const withoutZeros = (group: string): string => group.replace(/^0+(?=.)/, '');

/** `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2) is the IPv4 address itself. */
function mappedIpv4(all: readonly string[]): string | undefined {
  const isMapped = all.slice(0, 5).every((group) => /^0+$/.test(group)) && all[5] === 'ffff';
  if (!isMapped) return undefined;
  const [high = 0, low = 0] = all.slice(6).map((group) => Number.parseInt(group, 16));
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
