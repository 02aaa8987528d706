import type { Brand } from '../brand/brand.ts';
import { formActionSources } from './form-action.ts';
import { originSources } from './origin-sources.ts';

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
