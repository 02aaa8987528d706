import { fill } from './fill.ts';
import type { Range, Replay } from './stream-check.ts';
import type { Words } from './words.ts';

/** What a resumption brought, in sentences. */
export function replayText(replay: Replay, words: Words): string {
  const { from, sequences, gap, missing, repeated } = replay;
  const isWhole = missing.length === 0;
  if (sequences.length === 0 && gap === undefined && isWhole && repeated.length === 0) {
    return `${fill(words.resumed, { sequence: from })} ${words.nothingMissed}`;
  }
  const sentences = [
    fill(words.resumed, { sequence: from }),
    fill(words.replayed, { count: sequences.length, list: listText(runsOf(sequences)) }),
    gap === undefined ? '' : fill(words.gap, { list: listText([gap]) }),
    isWhole ? words.noneMissing : fill(words.missing, { list: listText(missing) }),
    repeated.length === 0 ? '' : fill(words.repeated, { list: listText(runsOf(repeated)) }),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

const listText = (ranges: readonly Range[]): string =>
  ranges.length === 0
    ? '–'
    : ranges.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');

/** Neighbours that count on by one, as one. */
function runsOf(sequences: readonly number[]): readonly Range[] {
  const runs: [number, number][] = [];
  for (const sequence of sequences) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] + 1 === sequence) last[1] = sequence;
    else runs.push([sequence, sequence]);
  }
  return runs;
}
