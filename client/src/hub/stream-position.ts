/** How many event ids are remembered, to tell a repeated event. */
const REMEMBERED = 256;

/**
 * How far this client has come in what its session is told (protocol, "Streams").
 *
 * Kept events count on by one; what is not kept repeats the number of the last kept one. So a lower
 * number is an event that came before, and the same number may be something new.
 */
export class StreamPosition {
  #lastSequence: number | undefined;
  readonly #recent = new Set<string>();
  /** Brings the stream back after a loss. Another one with every connection. */
  reconnectionToken: string | undefined;

  /** What to ask the events after. `undefined`: there is no stream yet. */
  get lastSequence(): number | undefined {
    return this.#lastSequence;
  }

  /** Goes on where the first frame of a connection says. */
  begin(sequence: number): void {
    this.#lastSequence = sequence;
  }

  /** Whether the event is new; if so, the position moves to it. */
  admit(sequence: number, eventId: string | undefined): boolean {
    if (sequence < (this.#lastSequence ?? 0)) return false;
    if (eventId !== undefined && this.#recent.has(eventId)) return false;
    this.#lastSequence = sequence;
    if (eventId !== undefined) this.#remember(eventId);
    return true;
  }

  /** The stream is gone for good: the next connection begins another. */
  forget(): void {
    this.#lastSequence = undefined;
    this.reconnectionToken = undefined;
  }

  #remember(eventId: string): void {
    this.#recent.add(eventId);
    if (this.#recent.size <= REMEMBERED) return;
    // A set keeps the order in which things were added.
    for (const oldest of this.#recent) {
      this.#recent.delete(oldest);
      return;
    }
  }
}
