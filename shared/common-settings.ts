/**
 * The settings that several Workers and objects have. An operator sets each once, so it must mean the
 * same everywhere.
 *
 * @module
 */

import { type Bytes, fromBase64Url } from './bytes.ts';
import {
  matching,
  oneOf,
  type Setting,
  setting,
  wholeNumber,
  withDefault,
  wordList,
} from './configuration.ts';
import { LOOPBACK_HOSTS } from './http/loopback.ts';
import { ClientId } from './ids.ts';
import { isJwsAlgorithm, JWS_ALGORITHMS, type JwsAlgorithm } from './tokens/algorithms.ts';

/**
 * RFC 8414 §2 would allow a path. Here there is none, because what is at the issuer's address is
 * found below its root, and `iss` is compared exactly, so that it has no trailing slash either.
 */
const ISSUER: Setting<string> = setting(
  'an origin: https:// and a host without a path or a slash at the end, such as https://id.example.com; http:// for localhost, 127.0.0.1 and [::1] only',
  (text) => {
    const url = URL.parse(text);
    if (url === null || url.origin !== text) return undefined;
    const isSafe =
      url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname));
    return isSafe ? text : undefined;
  },
);

/** Empty: the issuer. */
const AUDIENCE: Setting<string> = withDefault(
  '',
  matching('empty, or up to 512 characters without white space', /^\S{0,512}$/),
);

const SIGNING_ALGORITHMS: Setting<ReadonlySet<JwsAlgorithm>> = setting(
  `one or more of ${JWS_ALGORITHMS.join(', ')}, space separated`,
  (text) => {
    const names = text.split(/\s+/);
    const supported = names.filter(isJwsAlgorithm);
    return supported.length === names.length ? new Set(supported) : undefined;
  },
);

/** Origins (RFC 6454 §6.2), with or without a slash at the end: `null` and patterns are none. */
const CORS_ORIGINS: Setting<readonly string[]> = withDefault(
  '',
  wordList('empty, or origins such as https://app.example.com, space separated', (word) => {
    const origin = word.replace(/\/$/, '');
    const isOrigin =
      /^https?:\/\/[\w.:[\]-]+$/.test(origin) && URL.parse(origin)?.origin === origin;
    return isOrigin ? origin : undefined;
  }),
);

const FIRST_PARTY_CLIENT_ID: Setting<ClientId> = setting(
  '1 to 255 visible ASCII characters',
  (text) => ClientId.parse(text),
);

/** How many a minute. */
export const RATE_LIMIT: Setting<number> = wholeNumber(1, 1_000_000_000);

/** Multiplies all limits of a Worker. */
export const RATE_LIMIT_SCALE: Setting<number> = setting(
  'a number above 0, at most 1000000',
  (text) => {
    const scale = /^\d*\.?\d+$/.test(text) ? Number(text) : 0;
    return scale > 0 && scale <= 1_000_000 ? scale : undefined;
  },
);

/** At least one. */
export const scaledLimit = (limit: number, scale: number): number =>
  Math.max(1, Math.round(limit * scale));

export const COMMON_SETTINGS = {
  ISSUER,
  AUDIENCE,
  SIGNING_ALGORITHMS,
  CORS_ORIGINS,
  FIRST_PARTY_CLIENT_ID,
  DPOP_NONCE: oneOf('required', 'optional'),
  OUTBOUND_LOOPBACK: oneOf('off', 'on'),
} as const;

/** A secret of 32 bytes, as bytes. */
export const KEY_32: Setting<Bytes> = setting('32 bytes in base64url without padding', (text) => {
  const bytes = fromBase64Url(text);
  return bytes?.length === 32 ? bytes : undefined;
});
