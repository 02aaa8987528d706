import { type Clock, seconds } from '../../shared/clock.ts';
import type { IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { Timers } from '../../shared/sql/timers.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { within } from './delivery.ts';
import { type Logout, type LogoutStore, MAX_ATTEMPTS, retryDelay } from './logout.ts';

const LOGOUT_WAIT = seconds(10);

/** Fires after an attempt has succeeded or failed, unless the object died in between. */
const SAFETY_NET = LOGOUT_WAIT + seconds(5);

type LogoutCourierParts = {
  readonly logouts: LogoutStore;
  readonly timers: Timers<'logout'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called for every attempt: a stub is of no use once it has thrown. */
  readonly recipient: () => Pick<IdentityRpc, 'logoutRelyingParties'>;
  /** Takes work that goes on when the alarm is over: other timers must not wait for it. */
  readonly waitUntil: (work: Promise<void>) => void;
};

/**
 * Has relying parties told of ended sessions, each on its own: one that does not answer costs the
 * others nothing. Always from the timer, so that no user waits for other people's servers.
 */
export class LogoutCourier {
  readonly #parts: LogoutCourierParts;
  /** `seq` of what is being told at this moment. */
  readonly #underway = new Set<number>();

  constructor(parts: LogoutCourierParts) {
    this.#parts = parts;
  }

  /** Sets the timer for what is due first. Call it in the same turn as what added a logout. */
  async schedule(): Promise<void> {
    const { logouts, timers, clock } = this.#parts;
    const due = logouts
      .all()
      .map(({ seq, dueAt }) => (this.#underway.has(seq) ? clock() + SAFETY_NET : dueAt));
    await (due.length > 0 ? timers.set('logout', Math.min(...due)) : timers.cancel('logout'));
  }

  /** Starts to tell what is due. */
  async deliver(): Promise<void> {
    const { logouts, clock, waitUntil } = this.#parts;
    const now = clock();
    for (const logout of logouts.all()) {
      if (logout.dueAt <= now && !this.#underway.has(logout.seq)) waitUntil(this.#attempt(logout));
    }
    await this.schedule();
  }

  async #attempt(logout: Logout): Promise<void> {
    this.#underway.add(logout.seq);
    await this.#tell(logout);
    this.#underway.delete(logout.seq);
    await this.schedule();
  }

  async #tell(logout: Logout): Promise<void> {
    const { logouts, recipient } = this.#parts;
    const { sessionId, party } = logout;
    try {
      const told = recipient().logoutRelyingParties({ sessionId, parties: [party] });
      await within(LOGOUT_WAIT, told);
      logouts.remove(logout.seq);
    } catch (error) {
      this.#failed(logout, error);
    }
  }

  #failed({ seq, sessionId, party, ...logout }: Logout, error: unknown): void {
    const { logouts, clock, log } = this.#parts;
    const attempts = logout.attempts + 1;
    const isLast = attempts >= MAX_ATTEMPTS;
    if (isLast) logouts.remove(seq);
    else logouts.postpone(seq, clock() + retryDelay(attempts));
    log({
      event: isLast ? 'logout.given_up' : 'logout.delivery_failed',
      level: isLast ? 'error' : 'warn',
      sessionId,
      clientId: party.clientId,
      attempts,
      error: String(error),
    });
  }
}
