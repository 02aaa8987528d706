/**
 * Reads JSON objects from outside so strictly that no two parsers can read them differently.
 *
 * `JSON.parse` takes the last of two members of one name, and other parsers the first, so a token
 * with both has two meanings (RFC 8259 §4, RFC 7515 §4). Such a text is refused here, and so is a
 * number beyond the range of a double.
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
    } else if (colon !== undefined && !add(open.at(-1), nameOf(spelling))) {
      return `Names the member ${JSON.stringify(nameOf(spelling).slice(0, LONGEST_NAME))} twice`;
    }
  }
  return undefined;
}

/** Characters of a name that a message repeats. */
const LONGEST_NAME = 64;

/** `"a"` and `"\u0061"` are one name. */
function nameOf(spelling: string): string {
  return spelling.includes('\\') ? String(JSON.parse(`"${spelling}"`)) : spelling;
}

function add(names: Set<string> | undefined, name: string): boolean {
  const size = names?.size;
  return names?.add(name).size !== size;
}
