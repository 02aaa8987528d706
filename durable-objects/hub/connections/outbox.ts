import type { Bytes } from '../../../shared/bytes.ts';
import { setSequence } from '../../../shared/hub-protocol/encode-frame.ts';

/** An event as it is sent: a frame, of which only the sequence differs between streams. */
export type OutboundEvent = {
  readonly frame: Bytes;
  /** Of the events with one key, only the latest matters to a client that is behind. */
  readonly latestKey: string | undefined;
};

/** What a stream needs of a connection. */
export type EventRecipient = {
  readonly state: {
    readonly connectionId: string;
    /** Set while it is not sent what comes after a sequence. */
    readonly behind: { readonly after: number } | null;
  };
  /** Sends a frame as it is. */
  sendReady(frame: Uint8Array): void;
  /** Whether an event may be sent to it now. */
  admit(sequence: number, bytes: number, kept: boolean): boolean;
  /** Takes an event for later that is kept nowhere else. */
  hold(event: OutboundEvent): void;
};

/**
 * Sends an event to one connection: the only place where that happens. One that does not take what
 * it is sent gets it later, or never if it is `passing`: kept in no log.
 *
 * The frame is the same for all and is not copied; the runtime takes a copy as it is sent.
 *
 * @returns Whether it was sent.
 */
export function deliverEvent(
  connection: EventRecipient,
  event: OutboundEvent,
  sequence: number,
  passing?: 'passing',
): boolean {
  const { frame } = event;
  if (!connection.admit(sequence, frame.length, passing === undefined)) {
    if (passing !== undefined) connection.hold(event);
    return false;
  }
  setSequence(frame, sequence);
  connection.sendReady(frame);
  return true;
}

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
  readonly #held = new Map<string, OutboundEvent>();

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
  hold(event: OutboundEvent): void {
    const { latestKey } = event;
    if (latestKey === undefined) return;
    this.#held.delete(latestKey);
    this.#held.set(latestKey, event);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MOST_HELD && oldest !== undefined) this.#held.delete(oldest);
  }

  /** What was held, each of another key, the oldest first. */
  release(): readonly OutboundEvent[] {
    const held = [...this.#held.values()];
    this.#held.clear();
    return held;
  }

  get #limit(): number {
    return this.#acknowledges ? UNACKNOWLEDGED_LIMIT : UNHEARD_LIMIT;
  }
}
