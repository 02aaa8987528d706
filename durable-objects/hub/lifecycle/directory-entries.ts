import { type Millis, minutes } from '../../../shared/clock.ts';
import type { DirectoryRpc } from '../../../shared/contracts/connect/connect-rpc.ts';
import { namesOfUser, type SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { graceEnd } from '../connections/liveness.ts';

export type DirectoryEntriesNeeds = {
  /** The directory of one name of a user. */
  readonly directoryOf: (name: string) => DirectoryRpc;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly log: Log;
};

/** The connection of an entry, and the user whose directories have it. */
export type EntryName = {
  readonly connectionId: string;
  readonly principal: Pick<SessionPrincipal, 'subject' | 'userId'>;
};

/** An entry outlives its connection or stream by this much, because a hub ends those with some delay. */
const ENTRY_SLACK = minutes(1);

/**
 * The entries of this hub in the directories of its users. The connection of a client that knows its user
 * by a pairwise subject is in two of them: the subject's, by which sessions end and roles change, and the
 * account's, by which operators and services find the user. Closing a connection does not wait for
 * them: until it is removed, an entry names a hub that has no such connection, which is harmless.
 */
export class DirectoryEntries {
  readonly #needs: DirectoryEntriesNeeds;

  constructor(needs: DirectoryEntriesNeeds) {
    this.#needs = needs;
  }

  /** Removes an entry in the background. */
  remove({ connectionId, principal }: EntryName): void {
    for (const directory of this.#directoriesOf(principal)) {
      this.#needs.waitUntil(this.#try('hub.unregister_failed', directory.unregister(connectionId)));
    }
  }

  /** Extends the entry of a lost connection in the background: ending the session must find its stream. */
  extend({ connectionId, principal }: EntryName, until: Millis): void {
    for (const directory of this.#directoriesOf(principal)) {
      const renewed = directory.renew(connectionId, until + ENTRY_SLACK);
      this.#needs.waitUntil(this.#try('hub.renew_failed', renewed));
    }
  }

  /**
   * Extends the entry of a connection to the expiry of its new access token.
   *
   * @throws If the directory cannot be reached.
   */
  async renew(connectionId: string, principal: SessionPrincipal): Promise<void> {
    const until = entryExpiry(principal);
    await Promise.all(
      this.#directoriesOf(principal).map((directory) => directory.renew(connectionId, until)),
    );
  }

  #directoriesOf(principal: EntryName['principal']): readonly DirectoryRpc[] {
    return namesOfUser(principal).map(this.#needs.directoryOf);
  }

  async #try(event: string, change: Promise<unknown>): Promise<void> {
    try {
      await change;
    } catch (error) {
      this.#needs.log({ event, level: 'error', error: String(error) });
    }
  }
}

/** When the entry of a connection expires if the connection is not renewed. */
export const entryExpiry = ({ expiresAt }: Pick<SessionPrincipal, 'expiresAt'>): Millis =>
  graceEnd(expiresAt) + ENTRY_SLACK;
