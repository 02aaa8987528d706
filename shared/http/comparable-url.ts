/**
 * An `http` or `https` URL with an authority, and without characters that URL parsers drop or
 * rewrite.
 */
const PLAIN = /^https?:\/\/[^\s/?#\\@][^\s\\]*$/i;
const VISIBLE_ASCII = /^[\x21-\x7e]*$/;
const BROKEN_ESCAPE = /%(?![\dA-Fa-f]{2})/;

/**
 * Spells an absolute `http(s)` URL so that equal ones are equal text: without query and fragment,
 * after the syntax- and scheme-based normalization of RFC 3986 §6.2.2 and §6.2.3.
 *
 * @returns `undefined` for anything else: relative, with user information, white space, backslashes,
 *   characters that no URI may have, or a broken escape.
 */
export function comparableUrl(text: unknown): string | undefined {
  if (typeof text !== 'string' || !PLAIN.test(text) || !VISIBLE_ASCII.test(text)) return undefined;
  const url = BROKEN_ESCAPE.test(text) ? null : URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  return url.origin + url.pathname.replaceAll(/%[\dA-Fa-f]{2}/g, normalEscape);
}

const UNRESERVED = /[\w.~-]/;

/** Escapes are in upper case (RFC 3986 §6.2.2.1), and only where they are needed (§6.2.2.2). */
function normalEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
  return UNRESERVED.test(character) ? character : escape.toUpperCase();
}
