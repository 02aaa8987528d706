/**
 * Sends an event to one connection, or withholds it while the client is too slow: rules [H58] and
 * [H59].
 *
 * @module
 */

import type { Bytes } from '../../../shared/bytes.ts';
import { setSequence } from '../../../shared/hub-protocol/encode-frame.ts';

/** An event as it is sent: a frame, of which only the sequence differs between streams. */
export type OutboundEvent = {
  readonly frame: Bytes;
  /** Of the events with one key, a client that is behind needs only the latest. */
  readonly latestKey: string | undefined;
};

/** The part of a connection that a stream uses. */
export type EventRecipient = {
  readonly state: {
    readonly connectionId: string;
    /** Set while events after a sequence are withheld. */
    readonly behind: { readonly after: number } | null;
  };
  /** Sends a frame that is compressed already, if it is to be. */
  sendReady(frame: Uint8Array): void;
  /** Whether an event may be sent now. */
  admit(sequence: number, bytes: number, isLogged: boolean): boolean;
  /** Stores an ephemeral event until the client has caught up. */
  hold(event: OutboundEvent): void;
};

/**
 * Sends an event to one connection. Every event of a stream is sent here. If the connection is
 * behind, a logged event is sent later from the log, and an ephemeral one is held if it has a key.
 *
 * The frame is shared by all recipients and is not copied: the runtime copies it while sending.
 *
 * @returns Whether it was sent.
 */
export function deliverEvent(
  connection: EventRecipient,
  event: OutboundEvent,
  sequence: number,
  durability: 'logged' | 'ephemeral' = 'logged',
): boolean {
  const { frame } = event;
  const isLogged = durability === 'logged';
  if (!connection.admit(sequence, frame.length, isLogged)) {
    if (!isLogged) connection.hold(event);
    return false;
  }
  setSequence(frame, sequence);
  connection.sendReady(frame);
  return true;
}

/** Bytes of events that a client may leave unacknowledged. */
export const UNACKNOWLEDGED_LIMIT = 1_024 ** 2;
/** Bytes of events since the last message or keep-alive, for a client that never acknowledges. */
export const UNHEARD_LIMIT = 32 * 1_024 ** 2;
/** Ephemeral events that are held for a client that is behind. */
const HELD_LIMIT = 64;

type SentEvent = { readonly sequence: number; readonly bytes: number };

/**
 * The events that a connection was sent and may not have received. The runtime does not tell how many
 * bytes still wait to be sent, so the client has to: by acknowledging, or at least by sending
 * anything.
 */
export class Outbox {
  #acknowledges: boolean;
  #bytes = 0;
  /** The events that were sent since the last acknowledgement. */
  #sent: SentEvent[] = [];
  readonly #held = new Map<string, OutboundEvent>();

  constructor(acknowledges: boolean) {
    this.#acknowledges = acknowledges;
  }

  get acknowledges(): boolean {
    return this.#acknowledges;
  }

  /** Whether withheld events may be sent again. Half a limit of room avoids sending in tiny steps. */
  get hasRoom(): boolean {
    return this.#bytes <= this.#limit / 2;
  }

  /** Counts an event if it may be sent. An event larger than the limit may be sent alone. */
  admit(sequence: number, bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#limit) return false;
    this.#bytes += bytes;
    if (this.#acknowledges) this.#sent.push({ sequence, bytes });
    return true;
  }

  /** The client has received everything up to `sequence`. */
  acknowledge(sequence: number): void {
    if (!this.#acknowledges) {
      this.#acknowledges = true;
      this.#bytes = 0;
    }
    const rest = this.#sent.findIndex((sent) => sent.sequence > sequence);
    const received = this.#sent.splice(0, rest < 0 ? this.#sent.length : rest);
    for (const { bytes } of received) this.#bytes -= bytes;
  }

  /** The client sent a message or a keep-alive. It proves nothing of a client that acknowledges. */
  heard(): void {
    if (!this.#acknowledges) this.#bytes = 0;
  }

  /** Stores an event in place of the earlier one of its key. An event without a key is dropped. */
  hold(event: OutboundEvent): void {
    const { latestKey } = event;
    if (latestKey === undefined) return;
    this.#held.delete(latestKey);
    this.#held.set(latestKey, event);
    const [oldest] = this.#held.keys();
    if (this.#held.size > HELD_LIMIT && oldest !== undefined) this.#held.delete(oldest);
  }

  /** Returns and forgets the held events, the oldest first. */
  release(): readonly OutboundEvent[] {
    const held = [...this.#held.values()];
    this.#held.clear();
    return held;
  }

  get #limit(): number {
    return this.#acknowledges ? UNACKNOWLEDGED_LIMIT : UNHEARD_LIMIT;
  }
}
