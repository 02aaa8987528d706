import { type Clock, seconds } from '../../shared/clock.ts';
import type { AccountId, SessionId } from '../../shared/ids.ts';
import type { Timers } from '../../shared/sql/timers.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { DELIVERY_WAIT, type Recipients, send, within } from './delivery.ts';
import { DESTINATIONS, type Destination, isPointless, type Notice, retryDelay } from './outbox.ts';
import type { UserStore } from './user.ts';

/** Fires after the first attempt has succeeded or failed, unless the object died in between. */
const SAFETY_NET = DELIVERY_WAIT + seconds(1);

type CourierParts = {
  readonly store: UserStore;
  readonly timers: Timers<'outbox'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly subject: AccountId;
  /** Called for every round: a stub is of no use once it has thrown. */
  readonly recipients: () => Recipients;
};

/** Empties the outbox, with a timer for what could not be delivered at once. */
export class Courier {
  readonly #parts: CourierParts;

  constructor(parts: CourierParts) {
    this.#parts = parts;
  }

  /**
   * Delivers what was just added. Call it in the same turn as the transaction that added it: the
   * timer is then committed with it, and no crash can lose the notice.
   */
  async dispatch(): Promise<void> {
    const { timers, clock } = this.#parts;
    await timers.set('outbox', clock() + SAFETY_NET);
    await this.deliver();
  }

  /** Tries every notice once. Never fails because a destination does. */
  async deliver(): Promise<void> {
    const { store } = this.#parts;
    this.#dropPointless();
    const notices = store.notices();
    await Promise.all(
      DESTINATIONS.map((to) =>
        this.#tell(
          to,
          notices.filter((notice) => notice.destination === to),
        ),
      ),
    );
    await this.#schedule();
  }

  async #tell(to: Destination, notices: readonly Notice[]): Promise<void> {
    if (notices.length === 0) return;
    const { store } = this.#parts;
    const isTold = await this.#isTold(to, notices);
    for (const { seq } of notices) {
      if (isTold) store.removeNotice(seq);
      else store.countAttempt(seq);
    }
  }

  async #isTold(to: Destination, notices: readonly Notice[]): Promise<boolean> {
    const { store, subject, recipients, log } = this.#parts;
    // A client's tokens may name the user by a pairwise `sub`. What is forgotten has no socket left.
    const subjectOf = (id: SessionId) => store.session(id)?.grant.oauth?.subject ?? subject;
    try {
      await within(DELIVERY_WAIT, send(to, notices, subjectOf, recipients()));
      return true;
    } catch (error) {
      log({
        event: 'outbox.delivery_failed',
        level: 'warn',
        destination: to,
        notices: notices.length,
        attempts: Math.min(...notices.map((notice) => notice.attempts)) + 1,
        error: String(error),
      });
      return false;
    }
  }

  async #schedule(): Promise<void> {
    const { store, timers, clock } = this.#parts;
    const left = store.notices();
    if (left.length === 0) {
      await timers.cancel('outbox');
      return;
    }
    // The youngest decides: the older ones go along with it.
    const attempts = Math.min(...left.map((notice) => notice.attempts));
    await timers.set('outbox', clock() + retryDelay(attempts));
  }

  #dropPointless(): void {
    const { store, clock } = this.#parts;
    const now = clock();
    for (const notice of store.notices()) {
      if (isPointless(notice, now)) store.removeNotice(notice.seq);
    }
  }
}
