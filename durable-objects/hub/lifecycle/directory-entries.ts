import { type Millis, minutes } from '../../../shared/clock.ts';
import type { DirectoryRpc } from '../../../shared/contracts/connect/connect-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { Log } from '../../../shared/telemetry/log.ts';

export type DirectoryEntriesDeps = {
  readonly directoryOf: (subject: string) => DirectoryRpc;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly log: Log;
};

/** The name of an entry, and whose directory has it. */
export type EntryName = {
  readonly connectionId: string;
  readonly principal: Pick<SessionPrincipal, 'subject'>;
};

/** An entry outlives what it stands for by this much: a hub closes and drops with some delay. */
export const ENTRY_SLACK = minutes(1);

/**
 * The entries of this hub in the directories of its users. Nobody waits for a change: until it is
 * made, an entry points to a hub that has no such connection, which is found out there.
 */
export class DirectoryEntries {
  readonly #deps: DirectoryEntriesDeps;

  constructor(deps: DirectoryEntriesDeps) {
    this.#deps = deps;
  }

  remove({ connectionId, principal }: EntryName): void {
    const directory = this.#deps.directoryOf(principal.subject);
    this.#deps.waitUntil(this.#try('hub.unregister_failed', directory.unregister(connectionId)));
  }

  /** The connection is lost, and its stream waits: whoever ends the session must find it. */
  extend({ connectionId, principal }: EntryName, until: Millis): void {
    const directory = this.#deps.directoryOf(principal.subject);
    const renewed = directory.renew(connectionId, until + ENTRY_SLACK);
    this.#deps.waitUntil(this.#try('hub.renew_failed', renewed));
  }

  async #try(event: string, change: Promise<unknown>): Promise<void> {
    try {
      await change;
    } catch (error) {
      this.#deps.log({ event, level: 'error', error: String(error) });
    }
  }
}
