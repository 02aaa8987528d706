import { fill, type Messages } from './messages.ts';

/** The first and the last sequence, both included. */
type Range = readonly [from: number, to: number];

/** The events after a resumption. */
export type Replay = {
  /** The sequence after which the stream continued. */
  readonly from: number;
  /** The sequences of the events, in their order. */
  readonly sequences: readonly number[];
  /** The events that the hub reported as lost. */
  readonly gap: Range | undefined;
  /** The events that the hub neither sent nor reported as lost. */
  readonly missing: readonly Range[];
  /** The sequences of events that had come before. */
  readonly repeated: readonly number[];
};

export type ReceivedEvent = {
  readonly sequence: number;
  readonly eventId: string | undefined;
  /** The events that this event reports as lost. */
  readonly gap?: Range | undefined;
};

/** How many ids of events are stored to recognize a repeated event. */
const RECENT_EVENTS = 1_000;

/**
 * Checks a stream against the protocol ("Streams"): the sequence grows by one with each event that the
 * hub stores, each event comes once, and an event that is not stored has the sequence of the last
 * stored one.
 */
export class StreamCheck {
  #position = 0;
  #ids: readonly string[] = [];
  #replay: Replay | undefined;

  /** The sequence of the last event. */
  get position(): number {
    return this.#position;
  }

  /** The events since the resumption; `undefined` if there was none, or its replay has ended. */
  get replay(): Replay | undefined {
    return this.#replay;
  }

  /** @param sequence The sequence of the manifest with which a stream begins. */
  begin(sequence: number): void {
    this.#position = sequence;
    this.#ids = [];
    this.#replay = undefined;
  }

  /** @param sequence The sequence of the manifest, which must be the client's last one. */
  resume(sequence: number): void {
    const repeated = sequence < this.#position ? [sequence] : [];
    const missing: Range[] = sequence > this.#position ? [[this.#position + 1, sequence]] : [];
    this.#position = sequence;
    this.#replay = { from: sequence, sequences: [], gap: undefined, missing, repeated };
  }

  /** Ends the replay, because all missed events have come. */
  endReplay(): Replay | undefined {
    const replay = this.#replay;
    this.#replay = undefined;
    return replay;
  }

  add(event: ReceivedEvent): void {
    const { sequence, eventId, gap } = event;
    const hasId = eventId !== undefined && this.#ids.includes(eventId);
    const isRepeated = sequence < this.#position || hasId;
    const isCounted = !isRepeated && sequence > this.#position;
    if (this.#replay !== undefined) this.#note(this.#replay, event, isRepeated, isCounted);
    if (eventId !== undefined) this.#ids = [...this.#ids.slice(1 - RECENT_EVENTS), eventId];
    this.#position = Math.max(this.#position, sequence, gap?.[1] ?? 0);
  }

  #note(replay: Replay, event: ReceivedEvent, isRepeated: boolean, isCounted: boolean): void {
    const { sequence, gap } = event;
    const expected = this.#position + 1;
    const hole: Range[] = isCounted && sequence > expected ? [[expected, sequence - 1]] : [];
    this.#replay = {
      from: replay.from,
      sequences: isCounted ? [...replay.sequences, sequence] : replay.sequences,
      gap: gap ?? replay.gap,
      missing: [...replay.missing, ...hole],
      repeated: isRepeated ? [...replay.repeated, sequence] : replay.repeated,
    };
  }
}

/** Describes a replay in sentences. */
export function replayText(replay: Replay, messages: Messages): string {
  const { from, sequences, gap, missing, repeated } = replay;
  const isWhole = missing.length === 0;
  if (sequences.length === 0 && gap === undefined && isWhole && repeated.length === 0) {
    return `${fill(messages.resumed, { sequence: from })} ${messages.nothingMissed}`;
  }
  const sentences = [
    fill(messages.resumed, { sequence: from }),
    fill(messages.replayed, { count: sequences.length, list: listText(rangesOf(sequences)) }),
    gap === undefined ? '' : fill(messages.gap, { list: listText([gap]) }),
    isWhole ? messages.noneMissing : fill(messages.missing, { list: listText(missing) }),
    repeated.length === 0 ? '' : fill(messages.repeated, { list: listText(rangesOf(repeated)) }),
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

const listText = (ranges: readonly Range[]): string =>
  ranges.length === 0
    ? '–'
    : ranges.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`)).join(', ');

/** Joins consecutive sequences to ranges. */
function rangesOf(sequences: readonly number[]): readonly Range[] {
  const runs: [number, number][] = [];
  for (const sequence of sequences) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] + 1 === sequence) last[1] = sequence;
    else runs.push([sequence, sequence]);
  }
  return runs;
}
