/** OpenID 2.0, as far as Steam speaks it: the user is named by Steam, nothing is associated. */
export const OPENID_NS = 'http://specs.openid.net/auth/2.0';
const ANYBODY = 'http://specs.openid.net/auth/2.0/identifier_select';

/** Where the browser is sent to (OpenID 2.0 §9.1). */
export function openidUrl(opEndpoint: string, returnTo: string): string {
  const url = new URL(opEndpoint);
  url.search = new URLSearchParams({
    'openid.ns': OPENID_NS,
    'openid.mode': 'checkid_setup',
    'openid.claimed_id': ANYBODY,
    'openid.identity': ANYBODY,
    'openid.return_to': returnTo,
    'openid.realm': new URL(returnTo).origin,
  }).toString();
  return url.href;
}

/** Our callback, with the state that OpenID 2.0 has no parameter for. */
export const returnTo = (callback: string, state: string): string =>
  `${callback}?state=${encodeURIComponent(state)}`;
