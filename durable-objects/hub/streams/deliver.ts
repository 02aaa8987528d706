import type { Bytes } from '../../../shared/bytes.ts';
import { setSequence } from '../../../shared/hub-protocol/encode-frame.ts';

/** An event as it is sent: a frame, of which only the sequence differs between streams. */
export type LoggedEvent = {
  readonly frame: Bytes;
  /** Of the events with one key, only the latest matters to a client that is behind. */
  readonly latestKey: string | undefined;
};

/** What a stream needs of a connection. */
export type Listener = {
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
  hold(event: LoggedEvent): void;
};

/**
 * Sends an event to one connection: the only place where that happens. One that does not take what
 * it is sent gets it later, or never if it is `passing`: kept in no log.
 *
 * The frame is the same for all and is not copied; the runtime takes a copy as it is sent.
 *
 * @returns Whether it was sent.
 */
export function deliver(
  connection: Listener,
  event: LoggedEvent,
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
