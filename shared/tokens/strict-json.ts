/**
 * Reads JSON objects from outside so strictly that no two parsers can read them differently.
 *
 * `JSON.parse` takes the last of two members of one name, and other parsers the first, so a token
 * with both has two meanings (RFC 8259 §4, RFC 7515 §4). Such a text is refused here, and so is a
 * number beyond the range of a double.
 *
 * What is stored and given back later must be the same then, so more is refused of that: {@link lossOf}.
 *
 * @module
 */

import { fromUtf8 } from '../bytes.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON object.
 *
 * @returns `undefined` if `bytes` are not UTF-8, not JSON, not an object, name a member twice at any
 *   depth, or hold a number beyond the range of a double.
 */
export function parseStrictObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const text = fromUtf8(bytes);
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) && ambiguityOf(text) === undefined ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string (with the colon that makes it a name), a bracket, or a number of valid JSON. */
const TOKEN = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}[\]]|-?\d[-+.\deE]*/g;

/**
 * What another parser may read differently in `text`, which is known to be valid JSON: a member that
 * an object names twice, or a number beyond the range of a double. A message for who sent it;
 * `undefined` if there is nothing.
 */
export function ambiguityOf(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, spelling, colon] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (spelling === undefined) {
      if (!Number.isFinite(Number(token))) return 'Has a number that is too large';
    } else if (colon !== undefined && !add(open.at(-1), textOf(spelling))) {
      return `Names the member ${JSON.stringify(textOf(spelling).slice(0, LONGEST_NAME))} twice`;
    }
  }
  return undefined;
}

/** As deep as any document that means something. Parsers and databases stop at a few thousand. */
const DEEPEST = 64;
/** What a decoder puts in place of bytes that are no UTF-8. */
const REPLACEMENT = '\uFFFD';

/**
 * What a store would not give back as it came, or not take, in `text`, which is known to be valid JSON: an
 * integer beyond 2^53, a NUL (PostgreSQL), half of a surrogate pair or bytes that were no UTF-8 (RFC 7493
 * §2.1), a member `__proto__`, or more than 64 objects and arrays in one another. A message for who sent it;
 * `undefined` if there is nothing.
 */
export function lossOf(text: string): string | undefined {
  if (text.includes(REPLACEMENT)) return 'Has text that is not UTF-8';
  let depth = 0;
  for (const [token, spelling, colon] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    const loss = spelling === undefined ? lossOfNumber(token) : lossOfText(textOf(spelling), colon);
    if (loss !== undefined) return loss;
    if (depth > DEEPEST) return `Has more than ${DEEPEST} objects and arrays in one another`;
  }
  return undefined;
}

function lossOfText(text: string, colon: string | undefined): string | undefined {
  if (text.includes('\0')) return 'Has the character U+0000';
  if (!text.isWellFormed()) return 'Has text with half of a surrogate pair';
  return colon !== undefined && text === '__proto__' ? 'Names the member "__proto__"' : undefined;
}

/** A number with a fraction or an exponent is rounded by every parser, and stays as it is then. */
const lossOfNumber = (token: string): string | undefined =>
  /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))
    ? 'Has an integer beyond 2^53, which would be changed'
    : undefined;

/** Characters of a name that a message repeats. */
const LONGEST_NAME = 64;

/** `"a"` and `"\u0061"` are one text. */
function textOf(spelling: string): string {
  return spelling.includes('\\') ? String(JSON.parse(`"${spelling}"`)) : spelling;
}

function add(names: Set<string> | undefined, name: string): boolean {
  const size = names?.size;
  return names?.add(name).size !== size;
}
