/**
 * The security headers of a Worker that serves pages.
 *
 * @module
 */

/** What a page may do besides showing text and our own stylesheets. */
export type PagePolicy = {
  /**
   * The sources to which its forms may lead (CSP3 §6.4.2), redirects included; `any` where the form is sent
   * to somebody else, who may redirect anywhere. By default they lead to our own origin.
   */
  readonly formActions?: readonly string[] | 'any' | undefined;
  /** The URLs of pictures on other origins. */
  readonly images?: readonly URL[] | undefined;
  /** The URLs that it frames. */
  readonly frames?: readonly URL[] | undefined;
  /** The URLs that its script requests, besides our own origin. `undefined` if it has no script. */
  readonly scriptAsks?: readonly URL[] | undefined;
};

/** The headers of a page that runs at most our own script, cannot be framed, and is not cached. */
export const pageHeaders = (policy: PagePolicy = {}): Readonly<Record<string, string>> => ({
  'content-security-policy': contentSecurityPolicy(policy),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Under `no-referrer` browsers would hide the origin of our own forms, which is checked.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
});

function contentSecurityPolicy({
  formActions = ["'self'"],
  images = [],
  frames = [],
  scriptAsks,
}: PagePolicy): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    ...(scriptAsks === undefined ? [] : scriptPolicy(scriptAsks)),
    `img-src ${["'self'", ...originSources(images)].join(' ')}`,
    ...(formActions === 'any' ? [] : [`form-action ${formActions.join(' ')}`]),
    ...(frames.length === 0 ? [] : [`frame-src ${originSources(frames).join(' ')}`]),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** The script cannot turn text into script or markup either (Trusted Types). */
const scriptPolicy = (connections: readonly URL[]): readonly string[] => [
  "script-src 'self'",
  `connect-src ${["'self'", ...originSources(connections)].join(' ')}`,
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

/** The origins of these URLs, as sources that a page may frame, show or request (CSP3 §6.1). */
const originSources = (urls: readonly URL[]): readonly string[] => [
  ...new Set(urls.map(originSource)),
];

/**
 * Only these hosts are written to a policy, because other characters have a meaning in its grammar.
 */
const HOST = /^[a-z0-9.-]+(?::\d+)?$/;

/**
 * An origin as a source. A policy cannot name `[::1]`, as in development, so it names the scheme
 * instead.
 */
export const originSource = ({ host, origin, protocol }: URL): string =>
  HOST.test(host) ? origin : protocol;
