/** From the first to the last sequence, both included. */
export type Range = readonly [from: number, to: number];

/** What a resumption brought. */
export type Replay = {
  /** The sequence after which it went on. */
  readonly from: number;
  /** Of the events that came, in their order. */
  readonly sequences: readonly number[];
  /** What the hub says that it no longer has. */
  readonly gap: Range | undefined;
  /** What it did not send, and did not say. */
  readonly missing: readonly Range[];
  /** Of events that had come before. */
  readonly repeated: readonly number[];
};

export type SeenEvent = {
  readonly sequence: number;
  readonly eventId: string | undefined;
  /** What the hub no longer has: this event says so. */
  readonly gap?: Range | undefined;
};

/** How many event ids are remembered, to tell a repeated event. */
const REMEMBERED = 1_000;

/**
 * Checks what the protocol promises: kept events count on by one, each comes once, and what is not
 * kept repeats the number of the last kept one ("Streams").
 */
export class StreamCheck {
  #position = 0;
  #ids: readonly string[] = [];
  #replay: Replay | undefined;

  /** The sequence of the last event. */
  get position(): number {
    return this.#position;
  }

  /** What has come since the resumption. `undefined`: nobody resumed, or it is over. */
  get replay(): Replay | undefined {
    return this.#replay;
  }

  /** A stream begins, with its manifest. */
  begin(sequence: number): void {
    this.#position = sequence;
    this.#ids = [];
    this.#replay = undefined;
  }

  /** The stream goes on: its manifest repeats the sequence that the client had. */
  resume(sequence: number): void {
    const repeated = sequence < this.#position ? [sequence] : [];
    const missing: Range[] = sequence > this.#position ? [[this.#position + 1, sequence]] : [];
    this.#position = sequence;
    this.#replay = { from: sequence, sequences: [], gap: undefined, missing, repeated };
  }

  /** Everything that was missed has come. */
  endReplay(): Replay | undefined {
    const replay = this.#replay;
    this.#replay = undefined;
    return replay;
  }

  take(event: SeenEvent): void {
    const { sequence, eventId, gap } = event;
    const isKnown = eventId !== undefined && this.#ids.includes(eventId);
    const isRepeated = sequence < this.#position || isKnown;
    const isCounted = !isRepeated && sequence > this.#position;
    if (this.#replay !== undefined) this.#note(this.#replay, event, isRepeated, isCounted);
    if (eventId !== undefined) this.#ids = [...this.#ids.slice(1 - REMEMBERED), eventId];
    this.#position = Math.max(this.#position, sequence, gap?.[1] ?? 0);
  }

  #note(replay: Replay, event: SeenEvent, isRepeated: boolean, isCounted: boolean): void {
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
