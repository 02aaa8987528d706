/**
 * IP addresses, read by `ipaddr.js`: which are on the public Internet, and which network one is in.
 *
 * The edge counts requests by `networkOf` of `shared/rate-limits` instead, because the library takes
 * 60 times as long for an IPv4 address and adds a fifth to its bundle
 * (`docs/decisions/0042-libraries-that-were-judged.md`).
 *
 * @module
 */

import ipaddr from 'ipaddr.js';

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/**
 * Whether an address is reachable from everywhere (IANA special-purpose registries, RFC 6890) and, if it
 * is of IPv6, contains no IPv4 address: tunnels and translations (6to4, Teredo, NAT64, mapped and
 * compatible addresses) contain one that was not judged.
 *
 * @param text - As the URL standard spells it, without brackets. No other text is public.
 */
export function isPublicAddress(text: string): boolean {
  const address = parse(text);
  if (address?.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST);
}

/**
 * The network of an address: /24 of IPv4, /48 of IPv6, which is what a provider gives one customer.
 * Every spelling of an address, and every address of its network, give the same text.
 *
 * @returns `'unknown'` for what is no address. All of those count as one network.
 */
export function networkPrefix(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '');
  const address = parse(bare);
  if (address === undefined) return 'unknown';
  return networkText(withoutMapping(address));
}

function networkText(address: Address): string {
  if (address instanceof ipaddr.IPv4) return `${address.octets.slice(0, 3).join('.')}.0/24`;
  const groups = address.parts.slice(0, 3).map((group) => group.toString(16));
  return `${groups.join(':')}::/48`;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** `::ffff:a.b.c.d` (RFC 4291 §2.5.5.2) is the IPv4 address itself. */
const withoutMapping = (address: Address): Address =>
  address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()
    ? address.toIPv4Address()
    : address;

/** The library also reads short, octal and hexadecimal spellings of IPv4, which are none here. */
const parse = (text: string): Address | undefined => {
  if (text.includes(':')) return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
  return ipaddr.IPv4.isValidFourPartDecimal(text) ? ipaddr.IPv4.parse(text) : undefined;
};
