/**
 * Codes that people read from one screen and type into another.
 *
 * @see [RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1)
 * @module
 */

/** No vowels, so that no words come about, and nothing that looks like a digit. */
const ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';
const LENGTH = 8;
const SHAPE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

/** Eight letters: one of 25.6 billion (20⁸). */
export function newUserCode(): string {
  let code = '';
  while (code.length < LENGTH) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    // 240 is a multiple of 20, so every letter is equally likely.
    if (byte < 240) code += ALPHABET.charAt(byte % ALPHABET.length);
  }
  return code;
}

/**
 * Reads a code as it was typed: in any case, with spaces and dashes anywhere.
 *
 * @returns `undefined` if it is none.
 */
export function parseUserCode(text: string): string | undefined {
  const code = text.replaceAll(/[\s\p{Pd}]/gu, '').toUpperCase();
  return SHAPE.test(code) ? code : undefined;
}

/** `WDJBMJHT` → `WDJB-MJHT` */
export const shownUserCode = (code: string): string => `${code.slice(0, 4)}-${code.slice(4)}`;
