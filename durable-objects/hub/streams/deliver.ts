import { setSequence } from '../../../shared/hub-protocol/encode-frame.ts';
import type { LoggedEvent } from './log-store.ts';
import type { Listener } from './stream-table.ts';

/**
 * Sends an event to one connection: the only place where that happens.
 *
 * The frame is the same for all and is not copied; the runtime takes a copy as it is sent.
 */
export function deliver(connection: Listener, { frame }: LoggedEvent, sequence: number): void {
  setSequence(frame, sequence);
  connection.send(frame);
}
