/** Cloudflare sets it on every request, and a client cannot. */
const CLIENT_IP = 'cf-connecting-ip';

/** The address if neither Cloudflare nor the runtime tells one, as when a machine calls itself. */
const LOCAL = '127.0.0.1';

/**
 * The client's address. A workerd without Cloudflare has the peer's address and port in
 * `cf.clientIp`.
 */
export function clientAddress(request: Request): string {
  return request.headers.get(CLIENT_IP) ?? peerAddress(request.cf) ?? LOCAL;
}

/** The client's address from Cloudflare's header only. */
export const statedAddress = (headers: Headers): string => headers.get(CLIENT_IP) ?? LOCAL;

function peerAddress(cf: unknown): string | undefined {
  if (typeof cf !== 'object' || cf === null || !('clientIp' in cf)) return undefined;
  if (typeof cf.clientIp !== 'string') return undefined;
  return cf.clientIp.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '');
}

/**
 * The network that is counted as one client: an IPv4 address, or the /64 of an IPv6 address, which
 * is the smallest network of a subscriber (RFC 6177).
 */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.toLowerCase().split('::');
  const left = groups(head);
  const missing = tail === undefined ? 0 : 8 - left.length - groups(tail).length;
  const all = [...left, ...Array.from({ length: Math.max(0, missing) }, () => '0')];
  if (tail !== undefined) all.push(...groups(tail));
  return `${all.slice(0, 4).map(withoutZeros).join(':')}::/64`;
}

const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
const withoutZeros = (group: string): string => group.replace(/^0+(?=.)/, '');
