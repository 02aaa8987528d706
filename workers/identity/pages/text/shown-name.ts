/** Controls, line breaks, lone surrogates, and what changes the direction of other text. */
const HIDDEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/gu;
const MAX_NAME = 80;

/** A text that somebody else wrote, made fit to stand among ours. */
export const shownText = (text: string): string => text.replaceAll(HIDDEN, '').trim();

/** A name that somebody else chose, made fit to stand in a sentence of ours. */
export function shownName(text: string): string {
  const letters = Array.from(shownText(text));
  return letters.length <= MAX_NAME ? letters.join('') : `${letters.slice(0, MAX_NAME).join('')}…`;
}
