import type { LoggedEvent } from '../streams/deliver.ts';

/** Bytes of events that a client may leave unacknowledged. */
export const UNACKNOWLEDGED_LIMIT = 1_024 ** 2;
/** Of a client that never acknowledges: bytes since anything was heard of it. */
export const UNHEARD_LIMIT = 32 * 1_024 ** 2;
/** Events that are not kept, of which the latest is held for a client that is behind. */
const MOST_HELD = 64;

type Sent = { readonly sequence: number; readonly bytes: number };

/**
 * What a connection was sent and may not have taken. The runtime does not say how much of what it is
 * to send still waits, so the client has to: by acknowledging, or at least by saying anything.
 */
export class Outbox {
  #acknowledges: boolean;
  #bytes = 0;
  /** What was sent since the last acknowledgement. */
  #sent: Sent[] = [];
  readonly #held = new Map<string, LoggedEvent>();

  constructor(acknowledges: boolean) {
    this.#acknowledges = acknowledges;
  }

  get acknowledges(): boolean {
    return this.#acknowledges;
  }

  /** Whether it makes sense to send what was left out: not for each few bytes that are taken. */
  get hasRoom(): boolean {
    return this.#bytes <= this.#limit / 2;
  }

  /** Whether an event may be sent; if so, it counts. A single one may be of any size. */
  admit(sequence: number, bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#limit) return false;
    this.#bytes += bytes;
    if (this.#acknowledges) this.#sent.push({ sequence, bytes });
    return true;
  }

  /** The client has taken everything up to `sequence`. */
  acknowledge(sequence: number): void {
    if (!this.#acknowledges) {
      this.#acknowledges = true;
      this.#bytes = 0;
    }
    const rest = this.#sent.findIndex((sent) => sent.sequence > sequence);
    const taken = this.#sent.splice(0, rest < 0 ? this.#sent.length : rest);
    for (const { bytes } of taken) this.#bytes -= bytes;
  }

  /** The client said something. Of one that acknowledges, that means nothing. */
  heard(): void {
    if (!this.#acknowledges) this.#bytes = 0;
  }

  /** Holds an event that is kept nowhere else, in place of an earlier one of its key, if it has one. */
  hold(event: LoggedEvent): void {
    const { latestKey } = event;
    if (latestKey === undefined) return;
    this.#held.delete(latestKey);
    this.#held.set(latestKey, event);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MOST_HELD && oldest !== undefined) this.#held.delete(oldest);
  }

  /** What was held, each of another key, the oldest first. */
  release(): readonly LoggedEvent[] {
    const held = [...this.#held.values()];
    this.#held.clear();
    return held;
  }

  get #limit(): number {
    return this.#acknowledges ? UNACKNOWLEDGED_LIMIT : UNHEARD_LIMIT;
  }
}
