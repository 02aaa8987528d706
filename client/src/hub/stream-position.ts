/** How many ids of events are stored to recognize a repeated event. */
const RECENT_EVENTS = 256;

/**
 * The position of this client in its session's stream (protocol, "Streams").
 *
 * The sequence grows by one with each event that the hub stores. An event that it does not store has
 * the sequence of the last stored one. So an event with a lower sequence is a repeated one, and an
 * event with the same sequence may be new.
 */
export class StreamPosition {
  #lastSequence: number | undefined;
  readonly #recent = new Set<string>();
  /** Resumes the stream after a loss. Every connection gets a new one. */
  reconnectionToken: string | undefined;

  /** The sequence of the last event; `undefined` while there is no stream. */
  get lastSequence(): number | undefined {
    return this.#lastSequence;
  }

  /** @param sequence The sequence of a connection's first frame. */
  begin(sequence: number): void {
    this.#lastSequence = sequence;
  }

  /** Returns whether the event is new, and moves the position to it if so. */
  admit(sequence: number, eventId: string | undefined): boolean {
    if (sequence < (this.#lastSequence ?? 0)) return false;
    if (eventId !== undefined && this.#recent.has(eventId)) return false;
    this.#lastSequence = sequence;
    if (eventId !== undefined) this.#addRecent(eventId);
    return true;
  }

  /** Makes the next connection begin a new stream. */
  forget(): void {
    this.#lastSequence = undefined;
    this.reconnectionToken = undefined;
  }

  #addRecent(eventId: string): void {
    this.#recent.add(eventId);
    if (this.#recent.size <= RECENT_EVENTS) return;
    // A set iterates in the order in which its members were added.
    for (const oldest of this.#recent) {
      this.#recent.delete(oldest);
      return;
    }
  }
}
