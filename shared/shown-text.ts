/**
 * What text must be that somebody chose and others see: the names of people, clients, services and
 * devices. It is visible, it is one line, and nothing in it is hidden or moves the text beside it.
 *
 * What shows nothing is refused, not removed: two names that look the same would otherwise be made
 * from what their owners meant to be different. What was stored before these rules, or comes from
 * where nothing can be refused, is shown by {@link shownText}.
 *
 * @module
 */

/** England, Scotland and Wales: a flag and invisible tags (UTS #51 §C.1). */
const TAGGED_FLAG = /\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{1,6}\u{E007F}/u;

/** What joins letters or chooses their form. Some scripts and emoji need these characters. */
const JOINERS = '\\u200C\\u200D\\u034F';
const SELECTORS = '\\u180B-\\u180D\\u180F\\uFE00-\\uFE0F\\u{E0100}-\\u{E01EF}';

/**
 * Controls, lone surrogates, line breaks, interlinear annotations, and all that shows nothing, such as
 * marks that change the direction of other text (UAX #44, Default_Ignorable_Code_Point).
 */
const HIDDEN = `(?![${JOINERS}${SELECTORS}])[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\uFFF9-\\uFFFB\\p{DI}]`;

/** Joiners and selectors where they do nothing but make a name differ from another. */
const MISPLACED = [
  `(?<=^|[\\p{sc=Latn}\\p{sc=Grek}\\p{sc=Cyrl}\\p{Zs}])[${JOINERS}${SELECTORS}]+`,
  `(?<=[\\p{N}\\p{P}])[${JOINERS}][${JOINERS}${SELECTORS}]*`,
  `(?<=[${JOINERS}])[${JOINERS}${SELECTORS}]+`,
  `(?<=[${SELECTORS}])[${SELECTORS}]+`,
  `[${JOINERS}]+(?=$|\\p{Zs})`,
].join('|');

const UNSHOWN = new RegExp(`(${TAGGED_FLAG.source})|${HIDDEN}|${MISPLACED}`, 'gu');

/** A letter, number, sign or symbol that leaves a mark: neither a blank nor a mark on a letter. */
const VISIBLE = /(?![\p{DI}\u2800\uFFFC\u{1D159}\u{13441}\u{13442}])[\p{L}\p{N}\p{P}\p{S}]/u;

const isVisible = (text: string): boolean => VISIBLE.test(text);

/** Whether `text` is fit to be a name: one line, visible, with nothing hidden in it. */
export const isShownLine = (text: string): boolean =>
  withoutHidden(text) === text && isVisible(text);

/** Says what {@link isShownLine} demands. */
export const SHOWN_LINE = 'one line of visible text without hidden characters';

const withoutHidden = (text: string): string =>
  text.replaceAll(UNSHOWN, (_, flag: string | undefined) => flag ?? '');

/** Letters that are written from right to left. */
const RIGHT_TO_LEFT =
  /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC\u{10800}-\u{10FFF}\u{1E800}-\u{1EFFF}]/u;

/**
 * A text that somebody else wrote, made fit to stand among ours: without what is hidden, and isolated
 * where its direction could move what is beside it (UAX #9 §2.4). Empty if nothing is visible.
 */
export const shownText = (text: string): string => shortText(text, Number.POSITIVE_INFINITY);

/** As {@link shownText}, but cut after so many characters. */
export function shortText(text: string, longest: number): string {
  const whole = withoutHidden(text).trim();
  if (!isVisible(whole)) return '';
  const letters = Array.from(whole);
  const shown = letters.length <= longest ? whole : `${letters.slice(0, longest).join('')}…`;
  return RIGHT_TO_LEFT.test(shown) ? `${ISOLATE}${shown}${END_OF_ISOLATE}` : shown;
}

const ISOLATE = '\u2068';
const END_OF_ISOLATE = '\u2069';
