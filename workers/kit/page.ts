/**
 * The security headers of a Worker that serves pages.
 *
 * @module
 */

/** What a page does beside showing text and our own stylesheets. */
export type PagePolicy = {
  /** Where its forms may lead, as sources (CSP3 §6.4.2). Left out: to us. */
  readonly formActions?: readonly string[] | undefined;
  /** Of pictures that are not ours. */
  readonly images?: readonly URL[] | undefined;
  /** What it frames. */
  readonly frames?: readonly URL[] | undefined;
  /** Whom its script asks, beside us. `undefined`: it has no script. */
  readonly scriptAsks?: readonly URL[] | undefined;
};

/**
 * Headers of a page that runs no script but, where it has one, ours, is framed by nobody and stored
 * nowhere.
 */
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
    `form-action ${formActions.join(' ')}`,
    ...(frames.length === 0 ? [] : [`frame-src ${originSources(frames).join(' ')}`]),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/** The script may not make script or markup of text, either (Trusted Types). */
const scriptPolicy = (asked: readonly URL[]): readonly string[] => [
  "script-src 'self'",
  `connect-src ${["'self'", ...originSources(asked)].join(' ')}`,
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

/** What a page may frame, show or ask (CSP3 §6.1): exactly the origins of these URLs. */
const originSources = (urls: readonly URL[]): readonly string[] => [
  ...new Set(urls.map(originSource)),
];

/** Policies have their own grammar, in which a host may say more than its name. */
const HOST = /^[a-z0-9.-]+(?::\d+)?$/;

/** An origin as a source. `[::1]`, in development, has no form in a policy: its scheme stands for it. */
export const originSource = ({ host, origin, protocol }: URL): string =>
  HOST.test(host) ? origin : protocol;
