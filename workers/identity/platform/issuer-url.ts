import { LOOPBACK_HOSTS } from '../../../shared/http/loopback.ts';

/**
 * Whether `text` may be an issuer identifier (RFC 8414 §2), or an endpoint with the same form.
 * Plain HTTP is allowed for loopback only, where nothing leaves the machine.
 */
export function isIssuerUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.search !== '' || url.hash !== '' || url.username !== '') return false;
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname))
  );
}
