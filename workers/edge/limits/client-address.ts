/** Set by Cloudflare on every request; no client can. */
const CLIENT_IP = 'cf-connecting-ip';

/** Where neither Cloudflare nor the runtime names the client: a machine that calls itself. */
const LOCAL = '127.0.0.1';

/** The client's address, without asking the runtime where Cloudflare does not say. */
export const statedAddress = (headers: Headers): string => headers.get(CLIENT_IP) ?? LOCAL;

/** The client's address. A bare workerd names the peer's, with its port, in `cf.clientIp`. */
export function clientAddress(request: Request): string {
  return request.headers.get(CLIENT_IP) ?? peerAddress(request.cf) ?? LOCAL;
}

function peerAddress(cf: unknown): string | undefined {
  if (typeof cf !== 'object' || cf === null || !('clientIp' in cf)) return undefined;
  if (typeof cf.clientIp !== 'string') return undefined;
  return cf.clientIp.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '');
}

/**
 * The network that is counted as one client: an IPv4 address, or the /64 of an IPv6 address, which
 * is the least that a subscriber gets (RFC 6177).
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
