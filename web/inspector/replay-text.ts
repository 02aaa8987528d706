import { fill } from './fill.ts';
import type { Messages } from './messages.ts';
import type { Range, Replay } from './stream-check.ts';

/** What a resumption brought, in sentences. */
export function replayText(replay: Replay, messages: Messages): string {
  const { from, sequences, gap, missing, repeated } = replay;
  const isWhole = missing.length === 0;
  if (sequences.length === 0 && gap === undefined && isWhole && repeated.length === 0) {
    return `${fill(messages.resumed, { sequence: from })} ${messages.nothingMissed}`;
  }
  const sentences = [
    fill(messages.resumed, { sequence: from }),
    fill(messages.replayed, { count: sequences.length, list: listText(runsOf(sequences)) }),
    gap === undefined ? '' : fill(messages.gap, { list: listText([gap]) }),
    isWhole ? messages.noneMissing : fill(messages.missing, { list: listText(missing) }),
    repeated.length === 0 ? '' : fill(messages.repeated, { list: listText(runsOf(repeated)) }),
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
