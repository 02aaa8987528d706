import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { PasswordHashing } from './argon2.ts';

export type PasswordHasherDeps = {
  readonly hashing: () => PasswordHashing;
  readonly clock: Clock;
  /** Lets other events run for at least this long. */
  readonly pause: (duration: Millis) => Promise<void>;
};

export type Verdict = {
  readonly isRight: boolean;
  /** The password is right, and its hash should be made anew with the present parameters. */
  readonly isOutdated: boolean;
};

const LIMITS = { active: 2, waiting: 32, silence: seconds(5) };
const PATIENCE = seconds(10);
const RETRY_AFTER = 2;
const TURN: Millis = 5;

/**
 * Hashes passwords without letting a burst of sign-ins take the isolate: two are admitted, 32 wait,
 * the rest are told to come back.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` from every method, if too many are waiting.
 */
export class PasswordHasher {
  readonly #deps: PasswordHasherDeps;
  readonly #queue = new AdmissionQueue(LIMITS);

  constructor(deps: PasswordHasherDeps) {
    this.#deps = deps;
  }

  hash(password: string): Promise<string> {
    return this.#admitted((hashing) => hashing.hash(password));
  }

  /** @param phc `undefined` for an unknown account: the work is the same, the verdict `false`. */
  verify(phc: string | undefined, password: string): Promise<Verdict> {
    return this.#admitted((hashing) => {
      const matches = hashing.verify(phc ?? hashing.decoy, password);
      const isRight = matches && phc !== undefined;
      return { isRight, isOutdated: isRight && hashing.isOutdated(phc) };
    });
  }

  async #admitted<T>(work: (hashing: PasswordHashing) => T): Promise<T> {
    const { hashing, clock, pause } = this.#deps;
    const ticket = this.#queue.enter(clock());
    if (ticket === undefined) throw overloaded();
    try {
      // oxlint-disable-next-line no-await-in-loop -- each turn asks again
      while (!this.#queue.isAdmitted(ticket, clock())) await this.#wait(ticket.enteredAt);
      // Hashing blocks: requests that have arrived meanwhile must be seen, and counted, before it.
      await pause(0);
      return work(hashing());
    } finally {
      this.#queue.leave(ticket);
    }
  }

  async #wait(since: Millis): Promise<void> {
    if (this.#deps.clock() - since > PATIENCE) throw overloaded();
    await this.#deps.pause(TURN);
  }
}

const overloaded = (): Problem =>
  new Problem('SERVICE_UNAVAILABLE', {
    detail: 'Too many sign-ins at once',
    retryAfter: RETRY_AFTER,
  });

/**
 * Admits a few at a time and lets a few more wait. Pure: the caller tells the time and does the
 * waiting.
 *
 * Whoever is silent for too long is forgotten. A request can end at any `await`, without running its
 * `finally`, when its client goes away: a place held until it is given back would be lost for good.
 **/

export type AdmissionLimits = {
  readonly active: number;
  readonly waiting: number;
  /** After how long a silent holder of a place is given up. */
  readonly silence: Millis;
};

export type Ticket = { readonly enteredAt: Millis };

class AdmissionQueue {
  readonly #limits: AdmissionLimits;
  readonly #active = new Map<Ticket, Millis>();
  readonly #waiting = new Map<Ticket, Millis>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Joins the queue. `undefined`: it is full. */
  enter(now: Millis): Ticket | undefined {
    this.#forgetSilent(now);
    const isFull =
      this.#waiting.size >= this.#limits.waiting && this.#active.size >= this.#limits.active;
    if (isFull) return undefined;
    const ticket = { enteredAt: now };
    this.#waiting.set(ticket, now);
    return ticket;
  }

  /** Whether it is this ticket's turn, which then lasts until it leaves. Ask again if it is not. */
  isAdmitted(ticket: Ticket, now: Millis): boolean {
    this.#forgetSilent(now);
    if (this.#active.size >= this.#limits.active) {
      this.#waiting.set(ticket, now);
      return false;
    }
    this.#waiting.delete(ticket);
    this.#active.set(ticket, now);
    return true;
  }

  leave(ticket: Ticket): void {
    this.#waiting.delete(ticket);
    this.#active.delete(ticket);
  }

  #forgetSilent(now: Millis): void {
    for (const places of [this.#active, this.#waiting]) {
      for (const [ticket, heardAt] of places) {
        if (now - heardAt > this.#limits.silence) places.delete(ticket);
      }
    }
  }
}
