/**
 * Judges URLs that a stranger named, before a server of ours requests them (RFC 9700 §4.9.1, OAuth
 * Client ID Metadata Document §8.6).
 *
 * Only the text is judged, so a public name may still resolve to a private address. See
 * `docs/decisions/0008-outbound-fetches.md`.
 *
 * @module
 */

import { err, ok, type Result } from '../result.ts';
import { isPublicAddress } from './ip-address.ts';
import { LOOPBACK_HOSTS } from './loopback.ts';

export type SafeUrlRules = {
  /** Whether plain HTTP and loopback addresses are allowed, for development. */
  readonly allowLoopback: boolean;
};

/** What is wrong with a URL, as a predicate whose subject is the URL's name. */
export type UnsafeUrl =
  | 'is not an absolute URL'
  | 'must not contain spaces, backslashes or characters that are not ASCII'
  | 'must use https'
  | 'must not contain credentials'
  | 'must not have a fragment'
  | 'must not lead to a private network'
  | 'must not use a system port';

export const MAX_URL_LENGTH = 2_000;

/** Characters that every URL parser treats in the same way. */
const PLAIN = /^[\x21-\x5b\x5d-\x7e]+$/;

/** @returns The URL as the URL standard spells it, or what is wrong with it. */
export function parseSafeUrl(text: string, rules: SafeUrlRules): Result<URL, UnsafeUrl> {
  if (!PLAIN.test(text)) {
    return err('must not contain spaces, backslashes or characters that are not ASCII');
  }
  const url = text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  if (url === null) return err('is not an absolute URL');
  const fault = faultOf(url, text, rules);
  return fault === undefined ? ok(url) : err(fault);
}

/** Whether a host, as the URL standard spells it, is this machine. */
export const isLoopbackHost = (hostname: string): boolean => LOOPBACK_HOSTS.has(hostname);

function faultOf(url: URL, text: string, { allowLoopback }: SafeUrlRules): UnsafeUrl | undefined {
  const isOurs = allowLoopback && isLoopbackHost(url.hostname);
  // `https:host` and `https:/host` parse too, but other parsers take them for relative references.
  if (!/^https?:\/\/[^/]/i.test(text)) return 'must use https';
  if (url.protocol !== 'https:' && !isOurs) return 'must use https';
  if (hasUserinfo(url, text)) return 'must not contain credentials';
  if (text.includes('#')) return 'must not have a fragment';
  return isOurs ? undefined : placeFault(url);
}

function placeFault({ hostname, port }: URL): UnsafeUrl | undefined {
  if (!isPublicHost(hostname)) return 'must not lead to a private network';
  return isOpenPort(port) ? undefined : 'must not use a system port';
}

/** `https://@host` has an empty userinfo, which `URL` drops. */
const hasUserinfo = ({ username, password }: URL, text: string): boolean =>
  username !== '' || password !== '' || /^[^:]+:\/\/[^/?#]*@/.test(text);

/**
 * 443, or a port that needs no privilege, because services that trust their network are rarely
 * there.
 */
const isOpenPort = (port: string): boolean => port === '' || Number(port) > 1_023;

/**
 * Names that public DNS does not resolve (RFC 6761, RFC 6762, RFC 8375, RFC 9476), or resolves to
 * this machine.
 */
const PRIVATE_SUFFIXES = [
  'localhost',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
  'localdomain',
  'arpa',
];

/**
 * Whether a host, as the URL standard spells it, may be a public one. The standard turns every
 * other spelling of an IPv4 address (decimal, octal, hexadecimal, short) into four numbers.
 */
function isPublicHost(hostname: string): boolean {
  if (hostname.startsWith('[')) return isPublicAddress(hostname.slice(1, -1));
  if (/^[\d.]+$/.test(hostname)) return isPublicAddress(hostname);
  const name = hostname.replace(/\.$/, '');
  if (!name.includes('.')) return false;
  return !PRIVATE_SUFFIXES.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}
