/**
 * Which requests a person has made by opening a URL. Some of our URLs do something when they are opened,
 * as OAuth wants it: they issue a code, end a session or use up a state. Nothing of that may happen where
 * a program only looks (RFC 9110 §9.2.1): a HEAD request, a prefetch, a preview, an image.
 *
 * Who looks without saying so has no cookies of the browser, and what is done without them is nothing that
 * a later visit would miss.
 *
 * @module
 */

import type { MiddlewareHandler } from 'hono';

/** The headers by which browsers and apps say that they only prefetch, and what they say. */
const SPECULATION: readonly (readonly [name: string, value: RegExp])[] = [
  ['sec-purpose', /\bprefetch\b/i],
  ['purpose', /\b(?:prefetch|preview)\b/i],
  ['x-purpose', /\b(?:prefetch|preview)\b/i],
  ['x-moz', /\bprefetch\b/i],
];

/** Where a page can be shown (Fetch §2.2.5). Other destinations are parts of a page, or a script's. */
const SHOWN = new Set(['document', 'iframe', 'frame', 'embed', 'object', 'fencedframe']);

/** Where the page is shown inside of another one. */
const FRAMED = new Set(['iframe', 'frame', 'embed', 'object', 'fencedframe']);

type Visit = Pick<Request, 'method' | 'headers'>;

/** Programs that are no browsers send no `Sec-Fetch-Dest`, and count as persons. */
export function isNavigation({ method, headers }: Visit): boolean {
  if (method === 'HEAD' || SPECULATION.some(([name, value]) => value.test(headers.get(name) ?? '')))
    return false;
  const destination = headers.get('sec-fetch-dest');
  return destination === null || SHOWN.has(destination);
}

/**
 * Whether a browser says that it opens a page. Programs do not say it, nor browsers before 2023 (Safari
 * 16.4), nor any over plain http from another machine.
 */
export const isOpeningPage = ({ headers }: Pick<Request, 'headers'>): boolean =>
  headers.get('sec-fetch-mode') === 'navigate';

/** Whether the answer is shown inside of another page. Old browsers do not say it. */
export const isFramed = ({ headers }: Pick<Request, 'headers'>): boolean =>
  FRAMED.has(headers.get('sec-fetch-dest') ?? '');

/**
 * The middleware of every route that does something when it is opened. A status of success would let the
 * browser keep what it has prefetched, and show it when the person comes.
 */
export const navigationsOnly: MiddlewareHandler = async (c, next) => {
  const { method } = c.req;
  if ((method !== 'GET' && method !== 'HEAD') || isNavigation(c.req.raw)) return next();
  const headers = { 'cache-control': 'no-store' };
  if (method === 'HEAD') return new Response(null, { status: 204, headers });
  return new Response('This address is not fetched ahead: it does something when it is opened.\n', {
    status: 403,
    headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' },
  });
};
