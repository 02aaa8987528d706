import type { Brand } from './brand.ts';

/**
 * Headers of every page: it runs no script but, where it has one, ours, loads our stylesheets, is
 * framed by nobody and kept nowhere.
 *
 * @param redirectUri - Of the client that waits for an answer.
 * @param frames - What it frames itself.
 * @param asked - Whom its script asks, beside us. `undefined`: it has none.
 */
export const pageHeaders = (
  { logoUri }: Pick<Brand, 'logoUri'>,
  redirectUri: string | undefined,
  frames: readonly URL[] = [],
  asked?: readonly URL[],
): Readonly<Record<string, string>> => ({
  'content-security-policy': [
    "default-src 'none'",
    "style-src 'self'",
    ...(asked === undefined ? [] : scriptPolicy(asked)),
    `img-src 'self'${logoUri === null ? '' : ` ${new URL(logoUri).origin}`}`,
    `form-action ${formActionSources(redirectUri).join(' ')}`,
    ...(frames.length === 0 ? [] : [`frame-src ${originSources(frames).join(' ')}`]),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // Not `no-referrer`: browsers would hide the origin of our own forms, which is checked.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cache-control': 'no-store',
});

/** It may not make script or markup of text, either. */
const scriptPolicy = (asked: readonly URL[]): readonly string[] => [
  "script-src 'self'",
  `connect-src ${["'self'", ...originSources(asked)].join(' ')}`,
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
];

/** Policies have their own grammar, in which a host may say more than its name. */
const HOST = /^[a-z0-9.-]+(?::\d+)?$/;
const SCHEME = /^[a-z][a-z0-9+.-]*:$/;

/**
 * Where forms of a page may lead (CSP3 §6.4.2). Chromium holds to it the redirects that follow a
 * form, too, so the client's redirect URI must be admitted, and `https:` for where the client's own
 * redirects lead.
 *
 * @param redirectUri - The client's; `undefined` where no client waits for an answer.
 */
export function formActionSources(redirectUri: string | undefined): readonly string[] {
  if (redirectUri === undefined) return ["'self'"];
  const own = redirectSource(new URL(redirectUri));
  return ["'self'", 'https:', ...(own === undefined ? [] : [own])];
}

function redirectSource({ protocol, host, origin }: URL): string | undefined {
  if (protocol === 'https:') return undefined;
  if (protocol !== 'http:') return SCHEME.test(protocol) ? protocol : undefined;
  // `[::1]` has no form in a policy.
  return HOST.test(host) ? origin : protocol;
}

/** What a page may frame or ask (CSP3 §6.1): exactly the origins of these URLs. */
const originSources = (urls: readonly URL[]): readonly string[] => [
  ...new Set(urls.map(originSource)),
];

/** `[::1]`, in development, has no form in a policy. */
const originSource = ({ host, origin, protocol }: URL): string =>
  HOST.test(host) ? origin : protocol;
