import type { ResponseMembers } from './response.ts';

/**
 * `303`: the browser must not send a form of ours on (RFC 9700 §4.12). The page that the code passes
 * through stays out of caches and `Referer` headers (RFC 9700 §4.2.4).
 */
const seeOther = (location: string): Response =>
  new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  });

/** Adds to the query that the redirect URI has (RFC 6749 §3.1.2), and changes nothing of it. */
export function queryRedirect(redirectUri: string, members: ResponseMembers): Response {
  return seeOther(redirectUri + joint(redirectUri) + formEncoded(members));
}

function joint(uri: string): string {
  if (!uri.includes('?')) return '?';
  return uri.endsWith('?') || uri.endsWith('&') ? '' : '&';
}

/** OAuth 2.0 Multiple Response Type Encoding Practices §2.1. No registered URI has a fragment. */
export function fragmentRedirect(redirectUri: string, members: ResponseMembers): Response {
  return seeOther(`${redirectUri}#${formEncoded(members)}`);
}

const formEncoded = (members: ResponseMembers): string => new URLSearchParams(members).toString();
