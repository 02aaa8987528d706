import { setSequence } from '../../../shared/hub-protocol/encode-frame.ts';
import type { LoggedEvent } from './log-store.ts';
import type { Listener } from './stream-table.ts';

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
