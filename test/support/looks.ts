/** What programs send that only look at a URL (RFC 9110 §9.2.1): nothing may come of it. */
export const LOOKS: readonly (readonly [who: string, init: RequestInit])[] = [
  ['a HEAD request', { method: 'HEAD' }],
  ['a prefetch', { headers: { 'sec-purpose': 'prefetch' } }],
  ['a prerender', { headers: { 'sec-purpose': 'prefetch;prerender' } }],
  ['an old prefetch', { headers: { purpose: 'prefetch' } }],
  ['an app’s preview', { headers: { 'x-purpose': 'preview' } }],
  ['an image', { headers: { 'sec-fetch-dest': 'image' } }],
  ['a script', { headers: { 'sec-fetch-dest': 'empty' } }],
];
