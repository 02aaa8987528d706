/** Cloudflare sets it on every request, and a client cannot. */
const CLIENT_IP = 'cf-connecting-ip';

/** The address if neither Cloudflare nor the runtime tells one, as when a machine calls itself. */
const LOCAL = '127.0.0.1';

/** The client's address. A bare workerd names the peer's, with its port, in `cf.clientIp`. */
export function clientAddress(request: Request): string {
  return request.headers.get(CLIENT_IP) ?? peerAddress(request.cf) ?? LOCAL;
}

function peerAddress(cf: unknown): string | undefined {
  if (typeof cf !== 'object' || cf === null || !('clientIp' in cf)) return undefined;
  if (typeof cf.clientIp !== 'string') return undefined;
  return cf.clientIp.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '');
}
